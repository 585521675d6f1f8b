import { expect, it } from 'vitest';
import { dataDirFrom } from '../../../../main/headless/data-dir.ts';
import { formatSpan, parseDuration } from '../../../../main/headless/durations.ts';
import { jsonLine } from '../../../../shared/json-line.ts';
import { hasDisplay, opener } from '../../../../main/headless/open-browser.ts';
import { table } from '../../../../main/headless/table.ts';

it('keeps data where the platform keeps such things, unless told otherwise', () => {
  const at = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv, given?: string): string =>
    dataDirFrom({ given, env, platform, home: '/home/me' });
  expect(at('linux', {})).toBe('/home/me/.local/share/gatehouse');
  expect(at('linux', { XDG_DATA_HOME: '/data' })).toBe('/data/gatehouse');
  expect(at('linux', { XDG_DATA_HOME: 'relative' })).toBe('/home/me/.local/share/gatehouse');
  expect(at('darwin', {})).toBe('/home/me/Library/Application Support/Gatehouse');
  expect(at('win32', { APPDATA: '/roaming' })).toBe('/roaming/Gatehouse');
  expect(at('linux', { GATEHOUSE_DATA: '/elsewhere' })).toBe('/elsewhere');
  expect(at('linux', { GATEHOUSE_DATA: '/elsewhere' }, '/given')).toBe('/given');
});

it('reads durations up to 30 days', () => {
  expect(['45s', '10m', '1h', '1d', '30d', '720h'].map(parseDuration)).toEqual([
    45, 600, 3600, 86_400, 2_592_000, 2_592_000,
  ]);
  expect(['', '0s', '31d', '10', 'm', '1.5h', '-1h', '1h30m', '1w'].map(parseDuration)).toEqual(
    Array(9).fill(null),
  );
  expect([999, 59_999, 60_000, 7_200_000, 172_800_000, -5].map(formatSpan)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '2 h',
    '2 d',
    '0 s',
  ]);
});

it('writes JSON that no terminal acts on, and that means the same', () => {
  const value = { text: 'a\u001b[2J\u009b2J\u202e\u200b\ufeff\u2028\u{e0041}é漢' };
  const line = jsonLine(value);
  expect(JSON.parse(line)).toEqual(value);
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Cf}/u);
  expect(line).toContain('é漢');
  expect(jsonLine(undefined)).toBe('null');
});

it('aligns columns by what is seen, and cuts what is too wide', () => {
  expect(
    table(
      ['A', 'B'],
      [
        ['é'.normalize('NFD'), 'x'],
        ['long', 'y'],
      ],
    ),
  ).toBe(`A     B\n${'é'.normalize('NFD')}     x\nlong  y\n`);
  expect(table(['A'], [['x'.repeat(200)]]).split('\n')[1]).toHaveLength(80);
});

it('opens a browser only where there is a display, and gives the address to no shell', () => {
  expect(hasDisplay('linux', {})).toBe(false);
  expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
  expect(hasDisplay('darwin', {})).toBe(true);
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    expect(opener(platform, 'http://127.0.0.1/?a&b').args.at(-1)).toBe('http://127.0.0.1/?a&b');
    expect(opener(platform, '').command).not.toMatch(/cmd|sh$/);
  }
});
