/**
 * Makes hostile text visible: what would hide, reorder, stack or steer is replaced by an escape such as
 * `⟨U+202E⟩`. Pure. For everything that peers and agents write, in the window, on the command line and in OS
 * notifications. It does not make text safe as markup: render the result as text, and isolate right-to-left text
 * (`<bdi>` or `unicode-bidi: isolate`).
 */
interface VisibleOptions {
  /** Longest result, in UTF-16 code units, the closing `…` included. Default 2,000. */
  readonly maxLength?: number;
  /**
   * What becomes of line feeds (and of CR LF as one): `escape` treats them like any control character, `mark`
   * shows `⏎` and stays on one line, `break` shows `⏎` and keeps the break. Default `escape`.
   */
  readonly newlines?: 'escape' | 'mark' | 'break';
}

interface VisibleText {
  readonly text: string;
  /** Something in the shown part was replaced by an escape. Line marks do not count. */
  readonly escaped: boolean;
  /** Text was left out; `text` then ends with `…`. */
  readonly cut: boolean;
  /** Length of the whole original, in UTF-16 code units. */
  readonly length: number;
}

const NEWLINE_MARK = '⏎';
/** More marks than this on one character are a tower, not a language. */
const MAX_STACKED_MARKS = 4;

/**
 * Control, format (bidi, zero-width, tags), surrogates without a partner, private use, unassigned, separators and
 * spaces other than U+0020, all that is ignored by default (fillers, variation selectors), the blank Braille cell.
 * `⟨` is escaped too, so that no text can imitate an escape.
 */
const HOSTILE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u27e8]|(?! )\p{Zs}/u;
const MARK = /\p{M}/u;
const PICTOGRAPH = /\p{Extended_Pictographic}|\p{Emoji_Modifier}/u;
const NEEDS_WORK = new RegExp(`${HOSTILE.source}|${NEWLINE_MARK}|${MARK.source}`, 'u');

const escapeOf = (character: string): string =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** Whether an emoji sequence may keep this joiner or selector: it then hides nothing. */
function belongsToEmoji(character: string, before: string, beforeThat: string, after: string): boolean {
  if (character === '\ufe0f') return PICTOGRAPH.test(before);
  if (character !== '\u200d' || !PICTOGRAPH.test(after)) return false;
  return PICTOGRAPH.test(before) || (before === '\ufe0f' && PICTOGRAPH.test(beforeThat));
}

/** Makes hostile text visible and bounded. Takes time in proportion to `maxLength`, however long the text is. */
export function visibleText(raw: string, options: VisibleOptions = {}): VisibleText {
  const maxLength = Math.max(1, options.maxLength ?? 2000);
  const newlines = options.newlines ?? 'escape';
  const length = raw.length;
  if (length <= maxLength && !NEEDS_WORK.test(raw)) return { text: raw, escaped: false, cut: false, length };

  // Only CR LF gets shorter (one mark for two), so this much of the text always fills the result.
  const characters = [...raw.slice(0, 2 * maxLength + 2)];
  const ends = [0];
  const pieces: string[] = [];
  let size = 0;
  let taken = 0;
  let marks = 0;
  const escapedAt: boolean[] = [];
  for (let i = 0; i < characters.length && size <= maxLength; i += 1) {
    const character = characters[i] ?? '';
    let piece = character;
    let escaped = false;
    const isMark = MARK.test(character);
    marks = isMark ? marks + 1 : 0;
    if (newlines !== 'escape' && (character === '\n' || (character === '\r' && characters[i + 1] === '\n'))) {
      if (character === '\r') {
        i += 1;
        taken += 1;
      }
      piece = newlines === 'break' ? `${NEWLINE_MARK}\n` : NEWLINE_MARK;
    } else if (
      character === NEWLINE_MARK ||
      (isMark && (marks > MAX_STACKED_MARKS || pieces.length === 0)) ||
      (HOSTILE.test(character) &&
        !belongsToEmoji(character, characters[i - 1] ?? '', characters[i - 2] ?? '', characters[i + 1] ?? ''))
    ) {
      piece = escapeOf(character);
      escaped = true;
    }
    pieces.push(piece);
    escapedAt.push(escaped);
    size += piece.length;
    taken += character.length;
    ends.push(size);
  }

  if (taken >= length && size <= maxLength) {
    return { text: pieces.join(''), escaped: escapedAt.includes(true), cut: false, length };
  }
  let kept = pieces.length;
  while (kept > 0 && (ends[kept] ?? 0) > maxLength - 1) kept -= 1;
  return {
    text: `${pieces.slice(0, kept).join('')}…`,
    escaped: escapedAt.slice(0, kept).includes(true),
    cut: true,
    length,
  };
}
