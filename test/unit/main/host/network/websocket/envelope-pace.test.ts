import { describe, expect, it } from 'vitest';
import { Allowance, EnvelopePace } from '../../../../../../main/host/network/websocket/envelope-pace.ts';
import { STRANGERS_ENVELOPE_RATE } from '../../../../../../main/host/network/websocket/wire-limits.ts';

const SMALL = 400;
const MIB = 1024 * 1024;

function peer({
  isProven = true,
  isKept = false,
  strangers = new Allowance(STRANGERS_ENVELOPE_RATE, 0),
} = {}) {
  const who = { isProven, isKept };
  const pace = new EnvelopePace(strangers, { isProven: () => who.isProven, isKept: () => who.isKept }, 0);
  /** How many are opened, when they come without end. */
  const openedIn = (ms: number, length = SMALL, from = 0): number => {
    let now = from;
    let count = 0;
    while (now <= from + ms) {
      const wait = pace.take(length, now);
      if (wait === 0) count += 1;
      else now += Math.max(wait, 0.1);
    }
    return count;
  };
  return { who, pace, openedIn };
}

describe('envelopes', () => {
  it('of a contact are opened as they come, ten thousands in a second', () => {
    expect(peer({ isKept: true }).openedIn(0)).toBeGreaterThan(40_000);
  });

  it('of a stranger are opened at a modest rate', () => {
    const count = peer().openedIn(1000);
    expect(count).toBeGreaterThan(800);
    expect(count).toBeLessThan(910);
  });

  it('of who has proven nothing are hardly opened at all, contact or not', () => {
    for (const isKept of [false, true])
      expect(peer({ isProven: false, isKept }).openedIn(10_000)).toBeLessThan(30);
  });

  it('count by their length as well', () => {
    const mebibytes = peer().openedIn(1000, MIB);
    expect(mebibytes).toBeGreaterThan(30);
    expect(mebibytes).toBeLessThan(45);
    // However large, none waits for ever.
    expect(peer({ isProven: false }).openedIn(20_000, MIB)).toBeGreaterThan(1);
  });

  it('of many strangers share what there is, and leave contacts theirs', () => {
    const strangers = new Allowance(STRANGERS_ENVELOPE_RATE, 0);
    const all = Array.from({ length: 20 }, () => peer({ strangers }));
    let opened = 0;
    for (let now = 0; now <= 1000; now += 1)
      for (const { pace } of all) while (pace.take(SMALL, now) === 0) opened += 1;
    expect(opened).toBeGreaterThan(2500);
    expect(opened).toBeLessThan(3100);
    expect(peer({ strangers, isKept: true }).openedIn(0)).toBeGreaterThan(40_000);
    expect(peer({ strangers, isKept: true, isProven: false }).pace.take(SMALL, 1000)).toBe(0);
  });

  it('are opened faster once the peer is proven, or kept', () => {
    const one = peer({ isProven: false });
    one.openedIn(0);
    expect(one.pace.take(SMALL, 0)).toBeGreaterThan(0);
    one.who.isProven = true;
    expect(one.pace.take(SMALL, 0)).toBe(0);
    one.who.isKept = true;
    expect(one.openedIn(0)).toBeGreaterThan(40_000);
  });
});
