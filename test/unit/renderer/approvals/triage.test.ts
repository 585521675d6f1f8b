import { expect, test } from 'vitest';
import { triageHelp, triageOf, type Pressed } from '../../../../renderer/approvals/triage.ts';

const press = (key: string, patch: Partial<Pressed> = {}): Pressed => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...patch,
});

test('single keys answer, and with Shift a batch', () => {
  expect(['a', 'd', 'l', 'e', 'u', 'x'].map((key) => triageOf(press(key)))).toEqual([
    'allow',
    'deny',
    'later',
    'edit',
    'undo',
    'select',
  ]);
  expect(['A', 'D', 'L'].map((key) => triageOf(press(key, { shiftKey: true })))).toEqual([
    'allow-batch',
    'deny-batch',
    'later-batch',
  ]);
});

test('with Caps Lock, a capital letter answers nothing', () => {
  expect(triageOf(press('A'))).toBeNull();
  expect(triageOf(press('a', { shiftKey: true }))).toBeNull();
});

test('a key that is held down moves, and does nothing else', () => {
  const held = { repeat: true };
  expect(triageOf(press('j', held))).toBe('next');
  for (const key of ['a', 'd', 'l', 'e', 'u', 'x', '?']) expect(triageOf(press(key, held))).toBeNull();
});

test('keys of the browser and the system are left alone', () => {
  for (const patch of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }])
    expect(triageOf(press('a', patch))).toBeNull();
  expect(triageOf(press('toString'))).toBeNull();
});

test('the help names every key', () => {
  const named = triageHelp.flatMap(({ keys }) => keys);
  for (const key of ['j', 'k', 'a', 'd', 'l', 'e', 'u', 'x', '?', '⇧A', '⇧D', '⇧L'])
    expect(named).toContain(key);
});
