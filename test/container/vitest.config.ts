import { defineConfig } from 'vitest/config';

/** Tests of the image. They need a container engine, or root and Debian's to start one, and take minutes. */
export default defineConfig({
  test: {
    name: 'container',
    include: ['test/container/**/*.test.ts'],
    globalSetup: 'test/container/setup.ts',
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: process.env.VITEST_REPORT ?? 'reports/container.json' }]]
      : ['default'],
  },
});
