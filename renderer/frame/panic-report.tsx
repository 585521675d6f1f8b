import type { PanicReport } from '../../shared/panic.ts';
import { Mark, type Shape } from '../parts/marks.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { plural, time } from '../words/format.ts';
import type { Tone } from '../words/sentences.ts';
import { shown } from '../words/shown.ts';

const marks = {
  stopped: { shape: 'ring', tone: 'plain', word: 'stopped' },
  'still-running': { shape: 'cross', tone: 'bad', word: 'still runs' },
  unknown: { shape: 'half', tone: 'bad', word: 'unknown' },
} as const satisfies Record<
  PanicReport['agents'][number]['outcome'],
  { shape: Shape; tone: Tone; word: string }
>;

/** What "Stop all" could not make sure of, each as a sentence; empty when all is well. Pure. */
export function unverified(report: PanicReport): readonly string[] {
  const { agents, links, running, problems, written, doneAt } = report;
  const named = (outcome: 'still-running' | 'unknown') =>
    agents.filter((agent) => agent.outcome === outcome).map(({ name }) => name);
  const still = named('still-running');
  const unknown = named('unknown');
  return [
    doneAt === null ? 'It is still being carried out.' : '',
    still.length === 0 ? '' : `${listed(still)} still ${still.length === 1 ? 'runs' : 'run'}.`,
    unknown.length === 0
      ? ''
      : `${listed(unknown)} ${unknown.length === 1 ? 'runs' : 'run'} elsewhere: what ${
          unknown.length === 1 ? 'it still does' : 'they still do'
        } cannot be seen from here.`,
    running === 0 ? '' : `${plural(running, 'call')} had not ended when all else had.`,
    links.left.length === 0 ? '' : `${plural(links.left.length, 'link')} could not be cut.`,
    ...problems.map((problem) => shown(problem, 400)),
    written ? '' : 'It could not be written down: a restart would start things again.',
  ].filter((sentence) => sentence !== '');
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

/** What was stopped, in one line. Pure. */
export const stoppedWords = ({ refused, ended, agents, links }: PanicReport): string =>
  [
    `${plural(refused, 'question')} refused`,
    `${plural(ended, 'call')} ended`,
    `${plural(agents.filter(({ outcome }) => outcome === 'stopped').length, 'agent')} stopped`,
    `${plural(links.cut, 'link')} cut`,
  ].join(' · ');

/** How each was checked. */
export function PanicDetails({ report }: { report: PanicReport }) {
  return (
    <div
      className="flex w-full flex-col gap-2 pb-1"
      role="region"
      aria-label="What was stopped, and how that was checked"
    >
      {report.agents.length === 0 ? <p className="text-dim">No agent ran.</p> : null}
      <ul className="flex flex-col gap-1">
        {report.agents.map((agent) => {
          const { shape, tone, word } = marks[agent.outcome];
          return (
            <li key={agent.name} className="flex flex-wrap items-baseline gap-x-2">
              <span className="inline-flex w-24 items-center gap-1.5">
                <Mark shape={shape} tone={tone} />
                <span className={tone === 'bad' ? 'text-bad' : ''}>{word}</span>
              </span>
              <span className="font-medium">{agent.name}</span>
              <span className="text-dim">{shown(agent.checked, 400)}</span>
            </li>
          );
        })}
      </ul>
      {report.links.left.length === 0 ? null : (
        <p>
          Links that are left:{' '}
          {report.links.left.map((peerId) => (
            <PeerNameOf key={peerId} peerId={peerId} className="mr-2 font-medium" />
          ))}
        </p>
      )}
      <p className="numbers text-dim">
        {report.doneAt === null
          ? 'It is being carried out.'
          : `Finished at ${time(report.doneAt)}, after ${((report.doneAt - report.at) / 1000).toFixed(1)} s.`}{' '}
        {report.written ? 'Written down: it holds over a restart.' : ''}
      </p>
    </div>
  );
}
