import { CircleCheck, CircleX } from 'lucide-react';
import { HostileBlock, HostileJson } from '../parts/hostile.tsx';
import { Section } from '../parts/page.tsx';
import { bytes, duration } from '../words/format.ts';
import { shown } from '../words/shown.ts';
import { resultParts, type ResultPart } from './result-content.ts';

export interface ToolResult {
  readonly content?: unknown[] | undefined;
  readonly isError?: boolean | undefined;
  readonly [more: string]: unknown;
}

/** The answer, all of it as the stranger's text it is. */
export function ToolResultView({ result, tookMs }: { result: ToolResult; tookMs: number }) {
  const failed = result.isError === true;
  return (
    <Section title="Answer" note={`after ${duration(tookMs)}`}>
      <p className={`flex items-center gap-2 font-medium ${failed ? 'text-bad' : 'text-good'}`}>
        {failed ? <CircleX size={15} aria-hidden /> : <CircleCheck size={15} aria-hidden />}
        {failed ? 'The tool reports an error' : 'The tool answered'}
      </p>
      <ResultParts result={result} />
    </Section>
  );
}

/** What an answer holds, part by part. */
export function ResultParts({ result }: { result: ToolResult }) {
  const parts = resultParts(result.content ?? []);
  const structured = result['structuredContent'];
  return (
    <>
      {parts.length === 0 && structured === undefined ? (
        <p className="text-dim">The answer is empty.</p>
      ) : null}
      {parts.map((part, index) => (
        <Part key={index} part={part} index={index} />
      ))}
      {structured === undefined ? null : (
        <div>
          <p className="pb-1 text-sm text-dim">Structured</p>
          <HostileJson label="Structured answer" json={JSON.stringify(structured)} />
        </div>
      )}
    </>
  );
}

function Part({ part, index }: { part: ResultPart; index: number }) {
  switch (part.kind) {
    case 'text':
      return <HostileBlock label={`Answer, part ${(index + 1).toString()}`} text={part.text} />;
    case 'image':
      return (
        <figure className="flex flex-col gap-1">
          <img
            src={part.url}
            alt="The tool’s answer, a picture"
            className="max-h-96 max-w-full self-start rounded-md border border-line bg-sunken"
          />
          <figcaption className="numbers text-sm text-dim">
            {part.type}, {bytes(part.bytes)}
          </figcaption>
        </figure>
      );
    case 'other':
      return (
        <div>
          <p className="pb-1 text-sm text-dim">A part of type “{shown(part.what, 60)}”</p>
          <HostileJson label={`Answer, part ${(index + 1).toString()}`} json={part.text} />
        </div>
      );
    default:
      return part satisfies never;
  }
}
