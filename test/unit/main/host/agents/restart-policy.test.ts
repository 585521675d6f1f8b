import { describe, expect, test } from 'vitest';
import { defaultLimits, defaultTimings } from '../../../../../main/host/agents/limits.ts';
import { RestartPolicy } from '../../../../../main/host/agents/restart-policy.ts';

const second = 1000;
const minute = 60 * second;
const policy = (random = 0.5): RestartPolicy =>
  new RestartPolicy(defaultLimits, defaultTimings, () => random);

describe('when an agent has ended by itself', () => {
  test('it is started again after 1 s, 2 s, 4 s… up to a minute', () => {
    const p = policy();
    const delays = Array.from({ length: 9 }, (_, i) => p.ended(i * minute, second));
    expect(delays.map((step) => (step.kind === 'wait' ? step.delayMs / second : step.kind))).toEqual([
      1, 2, 4, 8, 16, 32, 60, 60, 60,
    ]);
  });

  test('the delay varies by a fifth either way', () => {
    expect(policy(0).ended(0, 0)).toEqual({ kind: 'wait', delayMs: 800 });
    expect(policy(1).ended(0, 0)).toEqual({ kind: 'wait', delayMs: 1200 });
  });

  test('five ends within a minute are a crash loop', () => {
    const p = policy();
    const steps = [0, 10, 20, 30, 59].map((at) => p.ended(at * second, 0).kind);
    expect(steps).toEqual(['wait', 'wait', 'wait', 'wait', 'crashed']);
  });

  test('five ends in more than a minute are not', () => {
    const p = policy();
    const steps = [0, 15, 30, 45, 60, 75].map((at) => p.ended(at * second, 0).kind);
    expect(steps).toEqual(['wait', 'wait', 'wait', 'wait', 'wait', 'wait']);
  });

  test('after a minute of running its earlier ends no longer count', () => {
    const p = policy();
    for (const at of [0, 1, 2, 3]) p.ended(at * second, 0);
    expect(p.ended(4 * second, minute)).toEqual({ kind: 'wait', delayMs: 1000 });
  });

  test('a start by the person forgets them', () => {
    const p = policy();
    for (const at of [0, 1, 2, 3]) p.ended(at * second, 0);
    p.reset();
    expect(p.ended(4 * second, 0)).toEqual({ kind: 'wait', delayMs: 1000 });
  });

  test('an address that does not answer is never a crash loop', () => {
    const p = policy();
    const delays = Array.from({ length: 50 }, () => p.unreachable(0).delayMs);
    expect(delays.at(-1)).toBe(minute);
  });
});
