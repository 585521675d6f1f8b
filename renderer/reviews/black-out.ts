const BLACK = '█';
/** What stands for one character within a string of JSON, or a quote. */
const UNIT = /\\u[0-9a-fA-F]{4}|\\.|[^\\]/gsu;

/**
 * Blacks out what is selected of the texts in a piece of JSON: characters of string values, never names, numbers or
 * what holds it together, so that it is still JSON. Line breaks stay. Pure.
 */
export function blackOut(json: string, start: number, end: number): string {
  let result = '';
  let at = 0;
  while (at < json.length) {
    const character = json[at] ?? '';
    if (character !== '"') {
      result += character;
      at += 1;
      continue;
    }
    const close = endOfString(json, at);
    const text = json.slice(at + 1, close);
    const isName = /^\s*:/.test(json.slice(close + 1));
    result += `"${isName ? text : blackened(text, start - at - 1, end - at - 1)}"`;
    at = close + 1;
  }
  return result;
}

function blackened(text: string, start: number, end: number): string {
  let at = 0;
  return (text.match(UNIT) ?? [])
    .map((unit) => {
      const from = at;
      at += unit.length;
      return from < end && at > start && unit !== '\\n' ? BLACK : unit;
    })
    .join('');
}

function endOfString(json: string, quote: number): number {
  let at = quote + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return Math.min(at, json.length);
}
