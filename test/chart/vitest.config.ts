import { defineConfig } from 'vitest/config';

/** Apart from `npm test`, because it needs helm and kubectl: `scripts/install-kubernetes-tools.sh`. */
export default defineConfig({
  test: {
    include: ['test/{argocd,chart,mesh,policy}/**/*.test.ts', 'test/observability/chart.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: process.env.VITEST_REPORT ?? 'reports/chart.json' }]]
      : ['default'],
  },
});
