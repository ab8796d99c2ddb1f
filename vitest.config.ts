import { delimiter, join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where `scripts/install-kubernetes-tools.sh` puts helm and kubectl. */
const TOOLS = join(import.meta.dirname, '.cache/kubernetes/bin');

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
      { extends: true, test: { name: 'e2e', include: ['test/{docs,e2e}/**/*.test.ts'] } },
      // Needs helm and kubectl: `scripts/install-kubernetes-tools.sh`.
      {
        extends: true,
        test: {
          name: 'chart',
          include: ['test/deploy/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          env: { PATH: `${TOOLS}${delimiter}${process.env.PATH}` },
        },
      },
    ],
  },
});
