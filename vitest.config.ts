import { defineConfig } from 'vitest/config';
import { LONG } from './test/long.ts';

/** These load or flood a process until the machine is busy, so they run after the others, one at a time. */
const HEAVY = [
  'test/edge/memory.test.ts',
  'test/process/{blocked-loop,drain,fuzz,hostile,overload,soak}.test.ts',
  'template/proofs/siege/siege.test.ts',
];
const SOAK = 'test/process/soak.test.ts';

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
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{cmd,internal,pkg,test,scripts}/**/*.test.ts'],
          exclude: [
            '**/node_modules/**',
            'test/{argocd,chart,container,init,mesh,pipeline,policy}/**',
            'test/observability/chart.test.ts',
            ...HEAVY,
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'heavy',
          include: HEAVY,
          // It takes minutes, and has nothing short to say.
          exclude: LONG ? [] : [SOAK],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
