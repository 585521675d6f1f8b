import type { ApprovalView } from '../../../shared/gate.ts';

type Previews = ApprovalView['arguments'];

const MAX_PREVIEW = 2000;
const MAX_NAME = 200;
const MAX_ENTRIES = 64;
/** Of all previews of one question together, so that 200 questions stay a small snapshot. */
const MAX_TOTAL = 32_000;

/**
 * One entry for each top-level argument, in the order they were sent, cut to what a person can take in. `length` is
 * always the true one of the value, so what is cut can be told; a name that is cut says its length itself. Beyond 64
 * arguments the last entry says how many more there are.
 */
export function previewOf(args: Record<string, unknown>): Previews {
  const previews: Previews = [];
  const entries = Object.entries(args);
  let room = MAX_TOTAL;
  for (const [name, value] of entries.slice(0, MAX_ENTRIES)) {
    const json = JSON.stringify(value) ?? 'null';
    const preview = cut(json, Math.min(MAX_PREVIEW, room));
    room -= preview.length;
    previews.push({ name: nameOf(name), preview, length: json.length });
  }
  const more = entries.length - MAX_ENTRIES;
  if (more > 0) {
    const text = `${more} more arguments; open the full text to see them`;
    previews.push({ name: '…', preview: text, length: text.length });
  }
  return previews;
}

const nameOf = (name: string): string =>
  name.length <= MAX_NAME ? name : `${cut(name, MAX_NAME)}… (${name.length} characters)`;

/** Cuts without leaving half a character. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}
