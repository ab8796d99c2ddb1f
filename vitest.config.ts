import { delimiter, join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where `scripts/install-kubernetes-tools.sh` puts helm and kubectl. */
const TOOLS = join(import.meta.dirname, '.cache/kubernetes/bin');

export default defineConfig(({ mode }) => ({
  test: {
    pool: 'forks',
    // `--mode long` sets LONG=1, in every shell.
    env: mode === 'long' ? { LONG: '1' } : {},
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: process.env.CI
      ? ['default', ['junit', { outputFile: process.env.VITEST_REPORT ?? 'reports/tests.xml' }]]
      : ['default'],
    coverage: {
      include: ['cmd/**', 'internal/**', 'pkg/**'],
      exclude: ['**/*.test.ts', '**/testdata/**'],
      reporter: ['text-summary', process.env.CI ? 'cobertura' : 'html'],
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
}));
