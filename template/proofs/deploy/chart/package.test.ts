import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../../../package.json' with { type: 'json' };
import { at, CHART, outputOf, parseManifests, render, theOne } from '../../../../test/deploy/helm.ts';
import { type Registry, startRegistry } from './registry.ts';
import { VALUES_FILES } from './value-sets.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const { version } = packageJson;
const folder = mkdtempSync(join(tmpdir(), 'package-'));
let registry: Registry;
beforeAll(async () => {
  registry = await startRegistry();
  await outputOf('helm', ['package', CHART, '--destination', folder]);
});
afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true });
});

describe('a packaged chart', () => {
  test('renders the same objects after it was pushed to a registry and pulled', async () => {
    const repository = `oci://${registry.host}/charts`;
    await outputOf('helm', ['push', join(folder, `skiff-${version}.tgz`), repository, '--plain-http']);
    const pulled = mkdtempSync(join(folder, 'pulled-'));
    await outputOf('helm', ['pull', `${repository}/skiff`, '--version', version, '--plain-http', '-d', pulled]);
    expect(await render({}, { chart: join(pulled, `skiff-${version}.tgz`) })).toEqual(await render());
  });

  test('can be installed from the registry by name and version', async () => {
    const chart = `oci://${registry.host}/charts/skiff`;
    const pushed = await render({}, { chart, args: ['--version', version, '--plain-http'] });
    expect(pushed).toEqual(await render());
  });

  test('is pushed by the pipeline, which records the digest that it signs', async () => {
    for (const path of ['charts', 'scripts/ci.sh'])
      cpSync(join(ROOT, path), join(folder, 'ci', path), { recursive: true });
    const ci = join(folder, 'ci');
    await outputOf('sh', [join(ci, 'scripts/ci.sh'), 'push-chart', `${registry.host}/released`, '--plain-http']);
    const reference = readFileSync(join(ci, 'dist-chart/reference'), 'utf8').trim();
    expect(reference).toMatch(new RegExp(`^${registry.host}/released/skiff@sha256:[0-9a-f]{64}$`));
    expect(await render({}, { chart: `oci://${reference}`, args: ['--plain-http'] })).toEqual(await render());
  });

  test('cannot be installed in a version that was never pushed', async () => {
    const chart = `oci://${registry.host}/charts/skiff`;
    await expect(render({}, { chart, args: ['--version', '99.0.0', '--plain-http'] })).rejects.toThrow('99.0.0');
  });

  test('contains its values files and the files that its templates read, and no development files', async () => {
    const listed = await outputOf('tar', ['-tzf', join(folder, `skiff-${version}.tgz`)]);
    const names = listed
      .trim()
      .split('\n')
      .filter((name) => !/^skiff\/(?:templates|files)\//.test(name));
    expect(names.sort()).toEqual([
      'skiff/Chart.yaml',
      'skiff/OPTIONS.md',
      'skiff/README.md',
      ...VALUES_FILES.map((name) => `skiff/${name}`),
      'skiff/values.schema.json',
      'skiff/values.yaml',
    ]);
  });
});

describe('as a dependency of another chart', () => {
  const parent = join(folder, 'parent');
  beforeAll(() => {
    mkdirSync(join(parent, 'charts'), { recursive: true });
    cpSync(CHART, join(parent, 'charts/skiff'), { recursive: true });
    const dependencies = [{ name: 'skiff', version, condition: 'skiff.enabled' }];
    const chart = { apiVersion: 'v2', name: 'parent', version: '1.0.0', dependencies };
    writeFileSync(join(parent, 'Chart.yaml'), JSON.stringify(chart));
  });
  const template = (...args: string[]): Promise<string> => {
    return outputOf('helm', ['template', 'all', parent, '--namespace', 'skiff', '--set', 'global.region=eu', ...args]);
  };

  test('it receives values, including global ones, and is named after the release', async () => {
    const manifests = parseManifests(await template('--set', 'skiff.enabled=true,skiff.image.tag=v7'));
    const deployment = theOne(manifests, 'Deployment');
    expect(deployment.metadata.name).toBe('all-skiff');
    expect(at(deployment, 'spec.template.spec.containers.0.image')).toMatch(/:v7$/);
  });

  test('it renders nothing if it is disabled', async () => {
    expect(parseManifests(await template('--set', 'skiff.enabled=false'))).toEqual([]);
  });

  test('its invalid values are rejected', async () => {
    await expect(template('--set', 'skiff.replicaCount=0')).rejects.toThrow('/replicaCount');
  });
});
