import type { ApprovalView } from '../../shared/gate.ts';
import { visibleText } from '../../shared/visible-text.ts';

/** JSON writes control characters as escapes: those are seen, but what they do elsewhere is not. */
const CONTROL = /\\u00(?:0[0-8bcef]|1[0-9a-f]|7f|[89][0-9a-f])/i;

/** Whether a piece of JSON text holds characters that hide, reorder or steer. Pure. */
export const hidesIn = (json: string): boolean =>
  CONTROL.test(json) || visibleText(json, { maxLength: json.length * 10 + 10 }).escaped;

/** As far as the preview goes; the whole says so by itself once it is opened. Pure. */
export const holdsHidden = ({ name, preview }: ApprovalView['arguments'][number]): boolean =>
  hidesIn(preview) || hidesIn(name);

/** The arguments by name. What is no object has none. Pure. */
export function argumentsOf(json: string): ReadonlyMap<string, unknown> {
  const value: unknown = JSON.parse(json);
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}
