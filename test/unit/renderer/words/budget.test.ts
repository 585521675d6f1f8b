import { expect, it } from 'vitest';
import { budgetForm, budgetWords, clockTime, readBudget } from '../../../../renderer/words/budget.ts';

it('reads a budget back as it was', () => {
  const budget = { calls: 200, bytes: 1_500_000, seconds: null };
  expect(readBudget(budgetForm(budget))).toEqual({ budget, errors: {} });
  expect(readBudget(budgetForm(null)).budget).toBeNull();
});

it('refuses what is no amount, by its field', () => {
  const { errors } = readBudget({ calls: '0', bytes: 'x', seconds: '1.5' });
  expect(Object.keys(errors)).toEqual(['calls', 'bytes', 'seconds']);
});

it('says it in words', () => {
  expect(budgetWords({ calls: 1, bytes: 20_000_000, seconds: 90 })).toBe('1 call, 20 MB, 90 s of work a day');
  expect(budgetWords(null)).toBe('no end');
});

it('names the day only where it is another one', () => {
  const now = new Date(2026, 10, 23, 12).getTime();
  expect(clockTime(new Date(2026, 10, 23, 14).getTime(), now)).toBe('14:00');
  expect(clockTime(new Date(2026, 10, 24, 9, 5).getTime(), now)).toBe('Tuesday 09:05');
});
