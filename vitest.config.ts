import { defineConfig } from 'vitest/config';

/** Needs helm and kubectl: `scripts/install-kubernetes-tools.sh`. */
const CHART = ['test/deploy/{argocd,chart,mesh,policy}/**/*.test.ts', 'test/deploy/observability/chart.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: process.env.VITEST_REPORT ?? 'reports/tests.json' }]]
      : ['default'],
    coverage: {
      include: ['cmd/**', 'internal/**', 'pkg/**'],
      exclude: ['**/*.test.ts', '**/testdata/**'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
    projects: [
      { extends: true, test: { name: 'unit', include: ['{cmd,internal,pkg,scripts}/**/*.test.ts', 'test/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/{e2e,deploy}/**/*.test.ts'],
          exclude: CHART,
        },
      },
      { extends: true, test: { name: 'chart', include: CHART, testTimeout: 30_000, hookTimeout: 30_000 } },
    ],
  },
});
