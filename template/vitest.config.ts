import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { LONG } from './support/long.ts';

/** These tests saturate the machine, so they run after all others, one at a time. */
const HEAVY = [
  'template/proofs/edge/*.test.ts',
  'template/proofs/{blocked-loop,drain,fuzz,hostile,overload,slow-clients,soak}.test.ts',
  'template/proofs/siege/siege.test.ts',
];
/** Takes minutes and has no short form: runs only with `LONG=1`. */
const SOAK = 'template/proofs/soak.test.ts';
/** Require programs that take minutes to build (`install-collector.sh`, `install-cosign.sh`): run only with `LONG=1`. */
const COLLECTOR = 'template/proofs/otlp/collector.test.ts';
const SIGNATURE = 'template/proofs/signature.test.ts';

/** Where `scripts/install-kubernetes-tools.sh` puts helm and kubectl. */
const TOOLS = join(import.meta.dirname, '../.cache/kubernetes/bin');

/** Projects that require more than Node or take a long time. */
const SEPARATE_PROJECTS = [
  // Requires helm, kubectl and docker-registry: `template/ci/install-linters.sh`.
  {
    extends: true,
    test: {
      name: 'chart',
      include: [
        'template/proofs/deploy/{argocd,chart,examples,mesh,policy}/**/*.test.ts',
        'template/proofs/deploy/observability/{chart,cluster}.test.ts',
      ],
      env: { PATH: `${TOOLS}${delimiter}${process.env.PATH}` },
    },
  },
  // Requires a container engine, or root and Debian's docker.io to start one.
  {
    extends: true,
    test: {
      name: 'container',
      include: ['template/proofs/container/**/*.test.ts'],
      globalSetup: 'template/proofs/container/setup.ts',
      maxWorkers: 1,
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  },
  // Requires the programs of the test cluster (`template/cluster/cluster.sh build`) and helm, but no cluster and no root.
  {
    extends: true,
    test: {
      name: 'kubernetes',
      include: ['template/proofs/kubernetes/**/*.test.ts'],
      maxWorkers: 1,
      testTimeout: 180_000,
      hookTimeout: 180_000,
    },
  },
  // Requires a cluster, and the service that the project "container" makes by the README: see `.ci/run`.
  {
    extends: true,
    test: { name: 'readme-cluster', include: ['template/proofs/readme/**/*.test.ts'] },
  },
  // Each test generates a service from the template and checks it as a whole.
  {
    extends: true,
    test: {
      name: 'init',
      include: ['template/proofs/init/**/*.test.ts'],
      maxWorkers: 1,
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  },
  // Requires PostgreSQL: `template/ci/install-postgres.sh`. Each test follows a recipe and checks the project as a whole.
  {
    extends: true,
    test: {
      name: 'recipes',
      include: ['template/proofs/recipes/**/*.test.ts'],
      maxWorkers: 1,
      testTimeout: 900_000,
      hookTimeout: 900_000,
    },
  },
  // Requires the history of this repository: each test makes a service from a past commit, edits it and upgrades it.
  {
    extends: true,
    test: {
      name: 'upgrade',
      include: ['template/proofs/upgrade/**/*.test.ts'],
      maxWorkers: 2,
      testTimeout: 600_000,
      hookTimeout: 300_000,
    },
  },
  // Requires Chromium and Consul: `template/ci/install-chromium.sh`.
  {
    extends: true,
    test: { name: 'browser', include: ['template/proofs/dashboard/**/*.test.ts'] },
  },
  // Requires rsync and a git remote, and runs whole jobs.
  {
    extends: true,
    test: {
      name: 'pipeline',
      include: ['template/proofs/pipeline/**/*.test.ts'],
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  },
] satisfies TestProjectConfiguration[];

/** The projects of {@link SEPARATE_PROJECTS} run only when named: `npm run test:template -- --project container`. */
const isNamed = process.argv.some((argument) => argument.startsWith('--project'));

/** The tests of the template itself. `npm test` runs the tests that a generated service keeps. */
export default defineConfig(({ mode }) => ({
  test: {
    pool: 'forks',
    env: mode === 'long' ? { LONG: '1' } : {},
    // Limits for a busy machine, as in the other configuration. A green test does not wait for them.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    reporters: process.env.CI
      ? ['default', ['junit', { outputFile: process.env.VITEST_REPORT ?? 'reports/template.xml' }]]
      : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'template',
          // Tests wait more than they compute. Vitest would leave a core free, and so run one file at a time on two cores.
          maxWorkers: availableParallelism(),
          include: ['template/**/*.test.ts'],
          exclude: [
            '**/node_modules/**',
            ...HEAVY,
            ...SEPARATE_PROJECTS.flatMap(({ test }) => test.include),
            ...(LONG || mode === 'long' ? [] : [COLLECTOR, SIGNATURE]),
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'heavy',
          include: HEAVY,
          exclude: LONG || mode === 'long' ? [] : [SOAK],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      ...(isNamed ? SEPARATE_PROJECTS : []),
    ],
  },
}));
