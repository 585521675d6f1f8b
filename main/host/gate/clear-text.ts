/** Longer texts are not looked at on the hot path: nothing is said of them. */
const MAX_LENGTH = 65_536;
const PLAIN = /^[\x20-\x7e]*$/;
/**
 * Control, format (bidi, zero-width, tags), surrogates without a partner, private use, unassigned, separators and
 * spaces other than U+0020, all that is ignored by default, the blank Braille cell: as in `visibleText`.
 */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;

/**
 * Why a text may not be what it looks like, as the end of a sentence that begins with what holds it; null: it is. Two
 * texts that are clear and differ also look different to whoever compares them character by character.
 */
export function unclearText(text: string): string | null {
  if (text.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH.toLocaleString('en-GB')} characters`;
  if (PLAIN.test(text)) return null;
  if (HIDDEN.test(text)) return 'holds characters that cannot be seen';
  return text === text.normalize('NFC') ? null : 'holds characters that are not in their composed form (NFC)';
}
