import { describe, expect, it } from 'vitest';
import { visibleText } from '../../../shared/visible-text.ts';

const shown = (raw: string): string => visibleText(raw).text;

describe('visible text', () => {
  it('leaves ordinary text of any language alone', () => {
    for (const raw of [
      '',
      'read_file',
      'Grüße, Łódź, naïve',
      'e\u0301clair',
      'שלום עולם',
      'مرحبا',
      'สวัสดีครับ น้ำ',
      'हिन्दी',
      '日本語テキスト',
      '🙂 ❤️ 👩‍💻 👍🏽 👨‍👩‍👧 🏳️‍🌈 🇩🇪',
      '{"a": [1, 2], "b": "<b>"}',
    ]) {
      expect(visibleText(raw)).toEqual({ text: raw, escaped: false, cut: false, length: raw.length });
    }
  });

  it.each([
    ['NUL', '\0', '⟨U+0000⟩'],
    ['tab', '\t', '⟨U+0009⟩'],
    ['line feed', '\n', '⟨U+000A⟩'],
    ['carriage return', '\r', '⟨U+000D⟩'],
    ['delete', '\x7f', '⟨U+007F⟩'],
    ['one-byte CSI', '\x9b', '⟨U+009B⟩'],
    ['right-to-left override', '\u202e', '⟨U+202E⟩'],
    ['left-to-right mark', '\u200e', '⟨U+200E⟩'],
    ['Arabic letter mark', '\u061c', '⟨U+061C⟩'],
    ['isolate', '\u2066', '⟨U+2066⟩'],
    ['zero-width space', '\u200b', '⟨U+200B⟩'],
    ['zero-width non-joiner', '\u200c', '⟨U+200C⟩'],
    ['zero-width joiner in a word', '\u200d', '⟨U+200D⟩'],
    ['word joiner', '\u2060', '⟨U+2060⟩'],
    ['byte order mark', '\ufeff', '⟨U+FEFF⟩'],
    ['soft hyphen', '\u00ad', '⟨U+00AD⟩'],
    ['grapheme joiner', '\u034f', '⟨U+034F⟩'],
    ['Hangul filler', '\u3164', '⟨U+3164⟩'],
    ['blank Braille cell', '\u2800', '⟨U+2800⟩'],
    ['tag letter', '\u{e0041}', '⟨U+E0041⟩'],
    ['language tag', '\u{e0001}', '⟨U+E0001⟩'],
    ['variation selector in a word', '\ufe0f', '⟨U+FE0F⟩'],
    ['supplementary variation selector', '\u{e0100}', '⟨U+E0100⟩'],
    ['line separator', '\u2028', '⟨U+2028⟩'],
    ['paragraph separator', '\u2029', '⟨U+2029⟩'],
    ['no-break space', '\u00a0', '⟨U+00A0⟩'],
    ['ideographic space', '\u3000', '⟨U+3000⟩'],
    ['private use', '\ue000', '⟨U+E000⟩'],
    ['private plane', '\u{10fffd}', '⟨U+10FFFD⟩'],
    ['noncharacter', '\uffff', '⟨U+FFFF⟩'],
    ['lone surrogate', '\ud800', '⟨U+D800⟩'],
    ['interlinear annotation', '\ufff9', '⟨U+FFF9⟩'],
  ])('shows %s', (_, raw, visible) => {
    const result = visibleText(`a${raw}b`);
    expect(result.text).toBe(`a${visible}b`);
    expect(result.escaped).toBe(true);
    expect(result.cut).toBe(false);
  });

  it('takes the power out of terminal sequences', () => {
    expect(shown('\x1b[2J\x1b]0;owned\x07')).toBe('⟨U+001B⟩[2J⟨U+001B⟩]0;owned⟨U+0007⟩');
  });

  it('cannot be imitated: an escape that was in the text is itself escaped', () => {
    expect(shown('⟨U+202E⟩')).toBe('⟨U+27E8⟩U+202E⟩');
    expect(visibleText('a⏎b', { newlines: 'mark' }).text).toBe('a⟨U+23CE⟩b');
  });

  it('is one to one: different texts look different', () => {
    const alphabet = ['a', '\u200b', '⟨', '⟩', 'U+200B', '\n', '⏎', '\ufe0f', '🙂', '\u200d', '\u0301'];
    const seen = new Map<string, string>();
    for (const a of alphabet)
      for (const b of alphabet)
        for (const c of alphabet) {
          const raw = a + b + c;
          const text = visibleText(raw, { newlines: 'mark' }).text;
          expect(seen.get(text) ?? raw).toBe(raw);
          seen.set(text, raw);
        }
  });

  it('stops towers of marks and marks that would sit on what stands before', () => {
    const tower = `a${'\u0301'.repeat(10)}b`;
    expect(shown(tower)).toBe(`a${'\u0301'.repeat(4)}${'⟨U+0301⟩'.repeat(6)}b`);
    expect(shown('\u0301a')).toBe('⟨U+0301⟩a');
  });

  it('hides nothing behind emoji selectors', () => {
    expect(shown('🙂\ufe0f\ufe0f')).toBe('🙂\ufe0f⟨U+FE0F⟩');
    expect(shown('🙂\u200da')).toBe('🙂⟨U+200D⟩a');
    expect(shown('🙂\u{e0061}\u{e007f}')).toBe('🙂⟨U+E0061⟩⟨U+E007F⟩');
  });

  it('marks or keeps line breaks where asked', () => {
    const raw = 'one\ntwo\r\nthree\rfour';
    expect(visibleText(raw, { newlines: 'mark' }).text).toBe('one⏎two⏎three⟨U+000D⟩four');
    expect(visibleText(raw, { newlines: 'break' }).text).toBe('one⏎\ntwo⏎\nthree⟨U+000D⟩four');
    expect(visibleText('a\nb', { newlines: 'mark' }).escaped).toBe(false);
  });

  it('is bounded and tells the true length', () => {
    expect(visibleText('x'.repeat(50), { maxLength: 10 })).toEqual({
      text: 'xxxxxxxxx…',
      escaped: false,
      cut: true,
      length: 50,
    });
    expect(visibleText('x'.repeat(10), { maxLength: 10 }).cut).toBe(false);
    expect(visibleText('\u202e'.repeat(50), { maxLength: 20 })).toEqual({
      text: '⟨U+202E⟩⟨U+202E⟩…',
      escaped: true,
      cut: true,
      length: 50,
    });
    expect(visibleText('x'.repeat(5) + '\u202e', { maxLength: 6 })).toEqual({
      text: 'xxxxx…',
      escaped: false,
      cut: true,
      length: 6,
    });
  });

  it('never cuts a character in half', () => {
    for (let maxLength = 1; maxLength < 12; maxLength += 1) {
      for (const raw of [
        '🙂🙂🙂🙂🙂🙂🙂',
        'a🙂🙂🙂🙂🙂🙂🙂',
        '\r\n\r\n\r\n\r\n\r\n\r\n\r\n',
        '\r\n\r\n🙂🙂🙂🙂🙂',
        '🙂🙂🙂',
      ]) {
        const { text, cut } = visibleText(raw, { maxLength, newlines: 'mark' });
        expect(text.length).toBeLessThanOrEqual(maxLength);
        expect(text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])|⟨|\\/u);
        expect(cut).toBe(text.endsWith('…'));
      }
    }
  });

  it('does not look at more of a huge text than it shows', () => {
    const huge = '\u202e'.repeat(8 * 1024 * 1024);
    const before = performance.now();
    const result = visibleText(huge);
    expect(performance.now() - before).toBeLessThan(100);
    expect(result).toMatchObject({ cut: true, escaped: true, length: huge.length });
    expect(result.text.length).toBeLessThanOrEqual(2000);
  });
});
