import { describe, expect, it } from 'vitest';
import { onOneLine } from '../../../../renderer/approvals/one-line.ts';

describe('an argument on one line', () => {
  it('turns escaped line breaks into real ones and leaves all else as JSON', () => {
    expect(onOneLine(JSON.stringify('a\nb'))).toBe('"a\nb"');
    expect(onOneLine(JSON.stringify('a\\nb'))).toBe(JSON.stringify('a\\nb'));
    expect(onOneLine(JSON.stringify('q"t\tu'))).toBe(JSON.stringify('q"t\tu'));
  });

  it('takes a text that was cut within an escape', () => {
    expect(onOneLine('"abc\\')).toBe('"abc\\');
  });
});
