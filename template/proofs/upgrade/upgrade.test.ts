import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TEMPLATE_NAME } from '../../init/plan.ts';
import { LONG } from '../../support/long.ts';
import { checkProject, tracesOf } from '../init/checks.ts';
import type { Clone } from '../init/clone.ts';
import { plantChanges, plantOverlap } from './planted.ts';
import {
  commitAll,
  createService,
  createTemplate,
  type Options,
  past,
  read,
  removeAll,
  stateOf,
  upgrade,
  upgradeWith,
} from './projects.ts';
import { editAsTeam, TEAM_TEXT } from './team.ts';

// Past commits of this repository: the first with a record, and two later ones.
const [OLD, NEWER, NEWEST] = [past('40d907a'), past('8d9fd9a'), past('8e1f2bf')];

const RELEASED: Options = { name: 'orders', made: NEWER, without: ['consul', 'mesh'], ci: 'github' };
const OTHER_FEATURES: Options = {
  name: 'my-orders',
  made: OLD,
  without: ['example', 'compose'],
  ci: 'both',
};
const MORE: readonly Options[] = [
  { name: 'orders', made: NEWEST, without: [], ci: 'both' },
  { name: 'orders', made: OLD, without: ['consul'], ci: 'gitlab' },
  { name: 'orders', made: NEWER, without: ['example'], ci: 'github' },
  { name: 'orders', made: NEWEST, without: ['httpclient', 'observability'], ci: 'github' },
  { name: 'orders', made: OLD, without: ['example', 'consul', 'kubernetes'], ci: 'both' },
  { name: 'my-orders', made: NEWER, without: ['workspace', 'recipes', 'policy'], ci: 'gitlab' },
  { name: 'my-orders-2', made: NEWEST, without: ['generator', 'dev-dashboard', 'argocd'], ci: 'github' },
  {
    name: 'orders',
    made: NEWEST,
    without: ['example', 'consul', 'compose', 'argocd', 'mesh', 'kubernetes', 'observability', 'policy', 'workspace'],
    ci: 'github',
  },
];

const TITLE = '$name, made at $made without $without and edited by a team, is upgraded to the current commit';

test.each(LONG ? [OTHER_FEATURES, ...MORE] : [OTHER_FEATURES])(`${TITLE}, and gets back a feature`, async (options) => {
  const { template, service } = await upgradeToCurrent(options);
  await expectFeatureReturns(service, options.without);
  await checkProject(service);
  if (!LONG) return;
  await upgradeToRelease(template, service, options);
  await checkProject(service);
  await service.succeed('vitest', 'run', '--project', 'unit', '--project', 'e2e');
});

test.each([RELEASED])(`${TITLE} and to a release with every kind of change`, async (options) => {
  const { template, service } = await upgradeToCurrent(options);
  await upgradeToRelease(template, service, options);
  const released = await stateOf(service);
  expect(await upgrade(service)).toEqual({ code: 0, text: expect.stringContaining('Nothing to do') });
  expect(await stateOf(service)).toBe(released);
  await expectOverlap(template, service, options.name);
  await checkProject(service);
  await service.succeed('vitest', 'run', '--project', 'unit', '--project', 'e2e');
});

/** Real commits, with the program of the template: the service was made before it had one. */
async function upgradeToCurrent(options: Options): Promise<{ template: Clone; service: Clone }> {
  const template = await createTemplate();
  onTestFinished(() => removeAll(template));
  const service = await createService(template, options);
  await editAsTeam(service, options.name);
  await commitAll(template, 'Change nothing');
  await expectMerged(service, await upgradeWith(template, service));
  return { template, service };
}

async function upgradeToRelease(template: Clone, service: Clone, options: Options): Promise<void> {
  await plantChanges(template);
  // As the pipelines do it.
  const origin = join(template.root, '../origin.git');
  await service.succeed('git', 'init', '--quiet', '--bare', origin);
  const step = ['env', `TEMPLATE_URL=${template.root}`, 'scripts/ci.sh', 'upgrade', origin] as const;
  const { code, text } = await service.run(...step);
  await expectMerged(service, { code, text });
  const branch = await service.succeed('git', 'branch', '--show-current');
  expect(await service.succeed('git', '--git-dir', origin, 'branch', '--format=%(refname:short)')).toBe(branch);
  expect(text).toMatch(/stay deleted:\n {2}test\/e2e\/stop\.test\.ts\n/);
  expect(text).toMatch(/New features.*:\n {2}planted\n/);
  expect(text).toContain('- Planted note for everyone.');
  expect(text.includes('- Planted note about Consul.')).toBe(!options.without.includes('consul'));
  expectPlanted(service, options);
  await expectNoRemains(service, options.without);
}

async function expectMerged(service: Clone, { code, text }: { code: number; text: string }): Promise<void> {
  expect([code, text]).toEqual([0, expect.stringContaining('Merged without conflicts')]);
  expect(await service.succeed('git', 'status', '--porcelain')).toBe('');
  expect(await service.succeed('git', 'branch', '--show-current')).toMatch(/^upgrade-/);
}

function expectPlanted(service: Clone, { name, without }: Options): void {
  const has = (path: string) => existsSync(join(service.root, path));
  const health = read(service, 'pkg/health/health.ts');
  expect(health).toContain(TEAM_TEXT);
  expect(health).toContain('Liveness: passes in every state.');
  expect(read(service, 'test/e2e/routes.test.ts')).toMatch(/^\/\/ Planted\./);
  expect(read(service, `charts/${name}/values.yaml`)).toMatch(/^replicaCount: 5/m);
  expect(read(service, `charts/${name}/README.md`)).toContain('How long a stopping pod serves');
  const configuration = read(service, 'docs/configuration.md');
  expect(configuration).toContain('`invoices.archiveAfter`');
  expect(configuration).toContain('`lifecycle.warmUp`');
  expect(JSON.parse(read(service, 'package.json')).scripts).toMatchObject({
    lint: 'biome lint .',
    outdated: 'npm outdated',
  });
  expect(['docs/profiling.md', 'docs/planted.md'].filter(has)).toHaveLength(2);
  expect(
    ['docs/debugging.md', '.editorconfig', 'test/e2e/stop.test.ts', 'test/e2e/endpoints.test.ts'].filter(has),
  ).toEqual([]);
  expect(has('pkg/consul/planted.ts')).toBe(!without.includes('consul'));
  const record = JSON.parse(read(service, '.template.json'));
  expect([record.without.toSorted(), record.template.version]).toEqual([without.toSorted(), '0.2.0']);
}

/** Nothing that init removed is in the service again: features, the template, its name. */
async function expectNoRemains(service: Clone, without: readonly string[]): Promise<void> {
  expect(tracesOf(TEMPLATE_NAME, service)).toEqual([]);
  const folders = {
    consul: 'pkg/consul',
    mesh: 'deploy/mesh',
    example: 'internal/flags',
    httpclient: 'pkg/httpclient',
  };
  const returned = Object.entries({ ...folders, compose: 'deploy/compose' }).filter(
    ([feature, folder]) => without.includes(feature) && existsSync(join(service.root, folder)),
  );
  expect(returned).toEqual([]);
  expect(existsSync(join(service.root, 'template'))).toBe(false);
  expect(await service.succeed('git', 'status', '--porcelain')).toBe('');
}

/** Lines that both changed have git's markers, and `git merge --abort` undoes the upgrade. */
async function expectOverlap(template: Clone, service: Clone, name: string): Promise<void> {
  const before = await stateOf(service);
  await plantOverlap(template);
  const { code, text } = await upgrade(service);
  expect(code).toBe(1);
  // The chart's README has a table of its values: npm run docs writes it.
  expect(text).toMatch(/Conflicts in 2 of .*npm run docs/s);
  expect(text).toContain('pkg/health/health.ts (changed in both)');
  expect(text).toContain(`charts/${name}/values.yaml (changed in both)`);
  for (const path of ['pkg/health/health.ts', `charts/${name}/values.yaml`]) {
    expect(read(service, path)).toMatch(/^<{7} .*^={7}$.*^>{7} /ms);
  }
  await service.succeed('git', 'merge', '--abort');
  expect(await stateOf(service)).toBe(before);
}

/** A feature that was removed returns with its files, and removing it again leads back to the same files. */
async function expectFeatureReturns(service: Clone, without: readonly string[]): Promise<void> {
  const feature = without.find((each) =>
    ['mesh', 'compose', 'consul', 'workspace', 'argocd', 'observability'].includes(each),
  );
  if (feature === undefined) return;
  const before = (await service.succeed('git', 'rev-parse', 'HEAD')).trim();
  await expectMerged(service, await upgrade(service, '--with', feature));
  expect(JSON.parse(read(service, '.template.json')).without).not.toContain(feature);
  await expectMerged(service, await upgrade(service, '--without', feature));
  // The record lists the same features in another order.
  expect(await service.succeed('git', 'diff', before, '--', ':!.template.json')).toBe('');
  expect(JSON.parse(read(service, '.template.json')).without.toSorted()).toEqual(without.toSorted());
}
