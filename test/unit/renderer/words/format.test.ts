import { describe, expect, it } from 'vitest';
import {
  ago,
  bytes,
  clock,
  duration,
  plural,
  rate,
  rtt,
  span,
  until,
} from '../../../../renderer/words/format.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('numbers as the interface says them', () => {
  it.each([
    [0, '0 B'],
    [812, '812 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [2148, '2.1 kB'],
    [14_000_000, '14 MB'],
    [999_600_000, '1.0 GB'],
  ])('%d bytes are %s', (count, said) => {
    expect(bytes(count)).toBe(said);
  });

  it.each([
    [0.42, '0.4 ms'],
    [34.4, '34 ms'],
    [999.7, '1.0 s'],
    [12_300, '12 s'],
    [76_000, '1:16'],
    [2 * HOUR, '2:00:00'],
  ])('%d ms last %s', (ms, said) => {
    expect(duration(ms)).toBe(said);
  });

  it('shows 0:00 only when the time is over', () => {
    expect(clock(1)).toBe('0:01');
    expect(clock(0)).toBe('0:00');
    expect(clock(-5000)).toBe('0:00');
    expect(clock(252_000)).toBe('4:12');
  });

  it('says spans in the largest whole unit', () => {
    expect(span(30_000)).toBe('moments');
    expect(span(MINUTE)).toBe('1 minute');
    expect(span(25 * HOUR)).toBe('1 day');
    expect(span(3 * 7 * 24 * HOUR)).toBe('3 weeks');
    expect(ago(0, 2 * HOUR)).toBe('2 hours ago');
    expect(ago(5000, 0)).toBe('moments ago');
    expect(until(2 * HOUR, 0)).toBe('in 2 hours');
  });

  it('counts, rates, and admits what is unknown', () => {
    expect(plural(1, 'call')).toBe('1 call');
    expect(plural(12_480, 'call')).toBe('12,480 calls');
    expect(rate(0)).toBe('0');
    expect(rate(3.14)).toBe('3.1');
    expect(rate(1240)).toBe('1,240');
    expect(rtt(null)).toBe('unknown');
  });
});
