import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import packageJson from '../../../../package.json' with { type: 'json' };
import { at, CHART, type Manifest, ROOT, render, theOne } from '../../../../test/deploy/helm.ts';
import { VALUE_SETS } from './value-sets.ts';

const folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns the fields that are immutable in Kubernetes, or by which running pods are found. */
function identity(manifests: readonly Manifest[]): unknown {
  const deployment = theOne(manifests, 'Deployment');
  const service = theOne(manifests, 'Service');
  return {
    names: manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`).sort(),
    deployment: at(deployment, 'spec.selector'),
    service: at(service, 'spec.selector'),
    ports: (at(service, 'spec.ports') as object[]).map((port) => at(port, 'name')),
  };
}

/** Copies the current chart with another version, as in the next release. */
function nextVersion(): string {
  const copy = join(folder, 'next');
  cpSync(CHART, copy, { recursive: true });
  const file = join(copy, 'Chart.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^((?:appV|v)ersion:).*/gm, '$1 99.1.2'));
  return copy;
}

/** Returns the chart of the latest release before this commit, or undefined if there is none. */
function lastRelease(): string | undefined {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const [tag] = git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname').split('\n');
  const path = tag && git('ls-tree', '--name-only', tag, 'charts/skiff');
  if (!path) return undefined;
  const archive = execFileSync('git', ['archive', '--format=tar', tag, path], { cwd: ROOT });
  const target = join(folder, 'last');
  mkdirSync(target);
  execFileSync('tar', ['-x', '-C', target], { input: archive });
  return join(target, path);
}

test.each(VALUE_SETS)('a new version changes no selector and no name, with $name', async ({ values }) => {
  const [now, next] = await Promise.all([render(values), render(values, { chart: nextVersion() })]);
  expect(identity(next)).toEqual(identity(now));
});

test('a new version changes only the version of the service in the pods, not that of the chart', async () => {
  const template = async (chart: string): Promise<unknown> => {
    return at(theOne(await render({ image: { tag: '1' } }, { chart }), 'Deployment'), 'spec.template');
  };
  const [now, next] = await Promise.all([template(CHART), template(nextVersion())]);
  expect(JSON.stringify(next).replaceAll('99.1.2', packageJson.version)).toBe(JSON.stringify(now));
});

test('an upgrade from the last release changes no selector, and the selectors have these labels', async () => {
  const chart = lastRelease() ?? CHART;
  expect(identity(await render({}, { chart }))).toEqual({
    ...Object(identity(await render())),
    deployment: { matchLabels: { 'app.kubernetes.io/instance': 'skiff', 'app.kubernetes.io/name': 'skiff' } },
    service: { 'app.kubernetes.io/instance': 'skiff', 'app.kubernetes.io/name': 'skiff' },
  });
});

test('no value except nameOverride changes the selectors', async () => {
  const selectors = await Promise.all(
    VALUE_SETS.filter(({ values }) => !('nameOverride' in values)).map(async ({ values }) => {
      return at(theOne(await render(values), 'Deployment'), 'spec.selector');
    }),
  );
  expect(new Set(selectors.map((selector) => JSON.stringify(selector))).size).toBe(1);
});
