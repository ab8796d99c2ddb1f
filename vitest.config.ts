import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { QuietReporter } from './test/support/quiet-reporter.ts';

/** Where `scripts/install-kubernetes-tools.sh` puts helm and kubectl. */
const TOOLS = join(import.meta.dirname, '.cache/kubernetes/bin');

/** Tests that need another program, many connections, minutes, or a machine without other work. */
const LOAD = '**/*.load.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // Modules have no state that files could share, and loading them for each file takes most of the time.
    isolate: false,
    setupFiles: ['test/support/reset-telemetry.ts'],
    // Tests wait more than they compute.
    maxWorkers: availableParallelism() + 1,
    // Limits for a busy machine. A green test does not wait for them.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    silent: 'passed-only',
    reporters: process.env.CI
      ? [new QuietReporter(), ['junit', { outputFile: process.env.VITEST_REPORT ?? 'reports/tests.xml' }]]
      : [new QuietReporter()],
    coverage: {
      include: ['{cmd,internal,pkg}/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testdata/**'],
      reporter: ['text-summary', process.env.CI ? 'cobertura' : 'html'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{cmd,internal,pkg,scripts}/**/*.test.ts', 'test/*.test.ts'], exclude: [LOAD] },
      },
      { extends: true, test: { name: 'e2e', include: ['test/{docs,e2e}/**/*.test.ts'], exclude: [LOAD] } },
      {
        extends: true,
        test: {
          name: 'load',
          include: [`{internal,pkg,test}/${LOAD}`],
          isolate: true,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
        },
      },
      // Needs helm and kubectl: `scripts/install-kubernetes-tools.sh`.
      {
        extends: true,
        test: {
          name: 'chart',
          include: ['test/deploy/**/*.test.ts'],
          env: { PATH: `${TOOLS}${delimiter}${process.env.PATH}` },
        },
      },
    ],
  },
});
