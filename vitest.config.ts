import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{cmd,internal,pkg,test,scripts}/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: process.env.VITEST_REPORT ?? 'reports/tests.json' }]]
      : ['default'],
    coverage: {
      include: ['cmd/**', 'internal/**', 'pkg/**'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
  },
});
