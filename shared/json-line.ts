/**
 * Characters that steer a terminal or hide in text: C1 controls and DEL, zero-width and bidi characters, line
 * and paragraph separators, the byte order mark, tags, and the rest of Unicode's format characters.
 */
const STEERING = /[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu;

/**
 * JSON on one line with nothing in it that a terminal would act on: all such characters are `\u` escapes, which
 * parse to the same value.
 */
export function jsonLine(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(STEERING, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
