import { diffArrays } from 'diff';
import type { DefinitionDifference } from '../../../shared/gate.ts';

type Lines = NonNullable<DefinitionDifference['lines']>;

/** Beyond these a difference is not looked for line by line: all of one is removed and all of the other added. */
const MAX_LINES = 20_000;
const MAX_EDITS = 4000;
const MAX_MS = 200;
/** Of each definition, in the answer: what is left out is counted. */
const MAX_SHOWN = 5000;

/**
 * How one definition of a tool differs from another, line by line. Both are canonical JSON, and are laid out for reading.
 * Takes at most about 200 ms.
 */
export function definitionDifference(before: string, now: string): Lines {
  const [old, fresh] = [linesOf(before), linesOf(now)];
  const small = old.length + fresh.length <= MAX_LINES;
  const parts = small ? diffArrays(old, fresh, { maxEditLength: MAX_EDITS, timeout: MAX_MS }) : undefined;
  if (parts === undefined) return [...whole(old, 'removed'), ...whole(fresh, 'added')];
  const lines = parts.flatMap(({ added, removed, value }) =>
    value.map((text): Lines[number] => ({ kind: added ? 'added' : removed ? 'removed' : 'same', text })),
  );
  return lines.length <= 2 * MAX_SHOWN ? lines : [...whole(old, 'removed'), ...whole(fresh, 'added')];
}

function whole(lines: readonly string[], kind: 'added' | 'removed'): Lines {
  const shown = lines.slice(0, MAX_SHOWN).map((text) => ({ kind, text }));
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, { kind, text: `… and ${more} more lines` }] : shown;
}

/** A text of many lines is shown as that, so that one changed line of a description is one line of the difference. */
function linesOf(definition: string): string[] {
  const laidOut = JSON.stringify(JSON.parse(definition), null, 2);
  // Two characters at a time, so that an escaped backslash before an `n` is not taken for a line break.
  return laidOut
    .replaceAll(/\\(?:u[0-9a-f]{4}|.)/gu, (escape) => (escape === String.raw`\n` ? `${escape}\n` : escape))
    .split('\n');
}
