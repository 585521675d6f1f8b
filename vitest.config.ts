import { defineConfig } from 'vitest/config';
import { SECOND_TRIES } from './test/second-try.ts';

const second = 1000;

/** Three projects: `unit` is quick and in parallel; the others open real sockets, so one file at a time. */
export default defineConfig({
  test: {
    restoreMocks: true,
    teardownTimeout: 20 * second,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          testTimeout: 10 * second,
          hookTimeout: 10 * second,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          retry: SECOND_TRIES,
          // A second, which is what it would be, is short on a busy machine.
          expect: { poll: { timeout: 20 * second } },
          testTimeout: 60 * second,
          hookTimeout: 60 * second,
        },
      },
      {
        extends: true,
        // One after the other, in networks that test/lab/run-lab.ts has made: `npm run lab`.
        test: {
          name: 'lab',
          include: ['test/lab/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          retry: SECOND_TRIES,
          testTimeout: 180 * second,
          hookTimeout: 60 * second,
        },
      },
    ],
  },
});
