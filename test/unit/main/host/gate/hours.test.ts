import { describe, expect, it } from 'vitest';
import { isWithinHours, Moment, readyHours } from '../../../../../main/host/gate/hours.ts';
import type { Hours } from '../../../../../shared/rules.ts';

const weekdays = [1, 2, 3, 4, 5];
/** In this machine's zone. 13 November 2023 is a Monday. */
const at = (day: number, hour: number, minute = 0): number => new Date(2023, 10, day, hour, minute).getTime();
const within = (hours: Hours, time: number): boolean =>
  isWithinHours(readyHours(hours), new Moment(time, null));

describe('hours', () => {
  const office: Hours = { days: weekdays, from: '09:00', to: '17:30' };
  it.each([
    [at(13, 8, 59), false],
    [at(13, 9), true],
    [at(13, 17, 29), true],
    [at(13, 17, 30), false],
    [at(18, 12), false],
    [at(19, 12), false],
  ])('of a day: %j is within: %s', (time, expected) => {
    expect(within(office, time)).toBe(expected);
  });

  const night: Hours = { days: [5], from: '22:00', to: '06:00' };
  it.each([
    [at(17, 21, 59), false],
    [at(17, 22), true],
    [at(18, 5, 59), true],
    [at(18, 6), false],
    [at(17, 5), false],
    [at(18, 23), false],
  ])('over midnight belong to the day on which they began: %j is within: %s', (time, expected) => {
    expect(within(night, time)).toBe(expected);
  });

  it('that end when they begin are a whole day', () => {
    const day: Hours = { days: [1], from: '08:00', to: '08:00' };
    expect([at(13, 7, 59), at(13, 8), at(14, 7, 59), at(14, 8)].map((time) => within(day, time))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
