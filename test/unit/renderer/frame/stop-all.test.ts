import { expect, test } from 'vitest';
import { stoppedWords, unverified } from '../../../../renderer/frame/panic-report.tsx';
import { quietSpans, quietTime } from '../../../../renderer/frame/quiet-spans.ts';
import { isStopKey } from '../../../../renderer/frame/stop-key.ts';
import { AgentName } from '../../../../shared/ids.ts';
import { aPanicReport } from '../../../fixtures/lively/asking-seed.ts';
import { somePeerId } from '../../../fixtures/views.ts';

const press = {
  code: 'Period',
  key: '>',
  shiftKey: true,
  ctrlKey: true,
  metaKey: false,
  altKey: false,
  repeat: false,
};

test('the key goes by its place, or by its sign', () => {
  expect(isStopKey(press)).toBe(true);
  expect(isStopKey({ ...press, key: ':' })).toBe(true);
  expect(isStopKey({ ...press, code: 'KeyV', key: '.' })).toBe(true);
  expect(isStopKey({ ...press, ctrlKey: false, metaKey: true })).toBe(true);
  expect(isStopKey({ ...press, shiftKey: false })).toBe(false);
  expect(isStopKey({ ...press, ctrlKey: false })).toBe(false);
  expect(isStopKey({ ...press, altKey: true })).toBe(false);
});

test('the report says what was stopped, and each thing that is not sure', () => {
  const report = aPanicReport(0);
  expect(stoppedWords(report)).toBe('4 questions refused · 2 calls ended · 1 agent stopped · 11 links cut');
  expect(unverified(report)).toEqual([
    'weather runs elsewhere: what it still does cannot be seen from here.',
  ]);
  expect(unverified({ ...report, agents: [] })).toEqual([]);
  const bad = {
    ...report,
    doneAt: null,
    running: 2,
    written: false,
    links: { cut: 0, left: [somePeerId] },
    agents: ['a', 'b'].map((name) => ({
      name: AgentName.parse(name),
      outcome: 'still-running' as const,
      checked: '',
    })),
  };
  expect(unverified(bad)).toEqual([
    'It is still being carried out.',
    'a and b still run.',
    '2 calls had not ended when all else had.',
    '1 link could not be cut.',
    'It could not be written down: a restart would start things again.',
  ]);
});

test('tomorrow at eight is that, also in the night of a change of the clocks', () => {
  const tomorrow = quietSpans(false).find(({ label }) => label.startsWith('Until'))?.until;
  const at = new Date(tomorrow?.(new Date(2026, 2, 28, 23, 30)) ?? 0);
  expect([at.getDate(), at.getHours(), at.getMinutes()]).toEqual([29, 8, 0]);
  expect(quietSpans(false).map(({ label }) => label)).not.toContain('Off');
  expect(quietSpans(true).at(-1)).toEqual({ label: 'Off', until: null });
});

test('the time until which it is quiet names the day where that is not near', () => {
  const now = new Date(2026, 0, 2, 22).getTime();
  expect(quietTime(new Date(2026, 0, 3, 7).getTime(), now)).toBe('07:00');
  expect(quietTime(new Date(2026, 0, 9, 7).getTime(), now)).toMatch(/^Fri,? 07:00$/);
});
