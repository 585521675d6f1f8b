import { expect } from '@playwright/test';
import { test, url } from './pages/lively-test.ts';

test('a page that fails leaves the frame, says so, and the others work', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  // The graph among the peers watches its size; the rules do not.
  await page.evaluate(() => {
    window.ResizeObserver = class {
      constructor() {
        throw new Error('Broken on purpose.');
      }
    } as unknown as typeof ResizeObserver;
    window.location.hash = '#/peers';
  });
  const failure = page.getByRole('alert').filter({ hasText: 'This page could not be shown.' });
  await expect(failure).toContainText('Broken on purpose.');
  await failure.getByRole('link', { name: 'Back to the overview' }).click();
  await expect(failure).toBeHidden();
  await gatehouse.goTo('Rules');
});
