import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: needs rsync and a git remote, and runs whole jobs. */
export default defineConfig({
  test: {
    include: ['test/pipeline/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: process.env.VITEST_REPORT ?? 'reports/pipeline.json' }]]
      : ['default'],
  },
});
