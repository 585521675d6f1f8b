import { defineConfig } from '@playwright/test';
import { SECOND_TRIES } from './test/second-try.ts';

const second = 1000;
const chromium = process.env['GATEHOUSE_CHROMIUM'];
const isRoot = process.getuid?.() === 0;

/** Nothing that reaches for the network by itself: the tests stay on loopback. */
const quietChromium = [
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Chromium's own sandbox refuses to run as root, which is what a build machine often is.
  ...(isRoot ? ['--no-sandbox'] : []),
];

export default defineConfig({
  outputDir: 'test-results/playwright',
  workers: 1,
  fullyParallel: false,
  retries: SECOND_TRIES,
  timeout: 60 * second,
  expect: { timeout: 10 * second },
  reporter: 'list',
  projects: [
    {
      name: 'browser',
      testDir: 'test/browser',
      use: {
        browserName: 'chromium',
        viewport: { width: 1280, height: 800 },
        trace: 'retain-on-failure',
        launchOptions: {
          args: quietChromium,
          ...(chromium === undefined || chromium === '' ? {} : { executablePath: chromium }),
        },
      },
    },
    { name: 'electron', testDir: 'test/electron' },
  ],
});
