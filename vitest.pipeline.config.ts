import { defineConfig } from 'vitest/config';

/** The tests of the pipelines' definitions: they read them as GitLab does, and run some of their jobs. */
export default defineConfig({
  test: {
    name: 'pipeline',
    include: ['test/pipeline/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: process.env.VITEST_REPORT ?? 'reports/tests.json' }]]
      : ['default'],
  },
});
