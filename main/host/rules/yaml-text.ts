import type { Scalar } from '../../../shared/rules.ts';
import { visibleText } from '../../../shared/visible-text.ts';

const PLAIN = /^([A-Za-z/][\w./*-]*|12D3Koo\w+)$/;
/** Words that YAML, or an older version of it, takes for something else than text. */
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;

/**
 * A value as YAML 1.2 on one line. Texts stand in double quotes unless they can be nothing else than text; what would
 * hide, reorder or steer in them is escaped, so that the file shows whatever is in it.
 */
export function yamlScalar(value: Scalar): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return PLAIN.test(value) && !WORDS.test(value) ? value : quoted(value);
}

function quoted(text: string): string {
  let out = '';
  for (const character of text) {
    const json = JSON.stringify(character).slice(1, -1);
    out += json === character && visibleText(character).text !== character ? escapeOf(character) : json;
  }
  return `"${out}"`;
}

/** YAML 1.2, 5.7: `\u` takes four digits, `\U` eight. */
function escapeOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}
