import { expect, it } from 'vitest';
import { AgentName, PeerId } from '../../../shared/ids.ts';
import { ruleSentence } from '../../../shared/rule-sentence.ts';
import type { NewRule } from '../../../shared/rules.ts';
import { somePeerId } from '../../fixtures/views.ts';

const files = AgentName.parse('files');
const base: NewRule = {
  peerId: somePeerId,
  trust: null,
  agent: files,
  tool: 'read_file',
  arguments: [],
  hours: null,
  effect: 'allow',
  limits: null,
  expiresAt: null,
  untilQuit: false,
};
const said = (change: Partial<NewRule>, name: string | null = "Ada's laptop"): string =>
  ruleSentence({ ...base, ...change }, { nameOf: () => name, timeZone: 'UTC' });

it('says who may use what, where, how much and until when', () => {
  expect(
    said({
      arguments: [{ kind: 'path', at: '/path', glob: '/home/me/shared/**' }],
      limits: {
        hour: { calls: 100, bytes: null, seconds: null },
        day: { calls: null, bytes: 2_000_000, seconds: 60 },
      },
      expiresAt: Date.UTC(2026, 11, 3),
    }),
  ).toBe(
    "Ada's laptop may use files ▸ read_file, where path is within /home/me/shared/**, up to 100 calls an hour and " +
      '2,000,000 bytes and 60 seconds of work a day, until 3 December 2026.',
  );
});

it('says every effect, and every width of who and what', () => {
  expect(said({ effect: 'deny' })).toBe("Ada's laptop may not use files ▸ read_file.");
  expect(said({ effect: 'ask', peerId: null, tool: null })).toBe(
    'You are asked before any peer may use any tool of files.',
  );
  expect(said({ effect: 'ask-and-review', peerId: null, trust: 'known', agent: null })).toBe(
    'You are asked before any known peer may use read_file of any agent, and again before the answer leaves.',
  );
  expect(said({ peerId: null, agent: null, tool: null })).toBe('Any peer may use every tool of every agent.');
  expect(said({}, null)).toBe(`…${PeerId.parse(somePeerId).slice(-8)} may use files ▸ read_file.`);
});

it('says every kind of constraint, and the hours', () => {
  expect(
    said({
      arguments: [
        { kind: 'equals', at: '/options/deep', value: true },
        { kind: 'one-of', at: '/mode', values: ['a', 'b', null] },
        { kind: 'prefix', at: '/url', prefix: 'https://example.org/' },
        { kind: 'range', at: '/n', min: null, max: 5 },
        { kind: 'range', at: '/m', min: 1, max: 2 },
        { kind: 'max-size', at: '', bytes: 1 },
      ],
      hours: { days: [5, 1, 2, 3, 4], from: '09:00', to: '17:30' },
      untilQuit: true,
    }),
  ).toBe(
    'Ada\'s laptop may use files ▸ read_file, where options ▸ deep is true, mode is "a", "b" or null, url begins with ' +
      '"https://example.org/", n is at most 5, m is from 1 to 2 and the whole of the arguments takes at most 1 byte, ' +
      'from Monday to Friday between 09:00 and 17:30, until Gatehouse quits.',
  );
});

it('lets nothing that others wrote pass for a part of the sentence, or hide in it', () => {
  expect(said({ tool: 'x, where path is within /tmp' })).toContain('files ▸ "x, where path is within /tmp".');
  expect(said({ tool: 'a\u202eb' })).toContain('"a⟨U+202E⟩b"');
  expect(said({ arguments: [{ kind: 'equals', at: '/a\nb', value: 'c\u200bd' }] })).toContain(
    'where "a\\nb" is "c⟨U+200B⟩d"',
  );
  expect(said({ arguments: [{ kind: 'path', at: '/p', glob: '/a/** or anywhere' }] })).toContain(
    'within "/a/** or anywhere"',
  );
  expect(said({}, 'A\u001b[31m')).toMatch(/^A⟨U\+001B⟩\[31m may/);
});

it('says any time that a rule may hold', () => {
  expect(said({ expiresAt: 1e300 })).toContain('until a day beyond all calendars');
});
