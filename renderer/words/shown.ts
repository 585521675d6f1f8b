import { visibleText } from '../../shared/visible-text.ts';

const DEFAULT_LENGTH = 200;

/** Hostile text in one visible line, cut to `maxLength` characters. Pure. */
export const shown = (text: string, maxLength = DEFAULT_LENGTH): string =>
  visibleText(text, { maxLength, newlines: 'mark' }).text;
