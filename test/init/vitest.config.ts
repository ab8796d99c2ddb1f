import { defineConfig } from 'vitest/config';

/** The tests of `npm run init` and `npm run new`: each makes a project of its own, and checks that as a whole. */
export default defineConfig({
  test: {
    name: 'init',
    include: ['test/init/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: process.env.VITEST_REPORT ?? 'reports/tests.json' }]]
      : ['default'],
  },
});
