import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { startApiServer } from '../../support/kubernetes/api-server.ts';
import { startRegistry } from '../deploy/chart/registry.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Where `scripts/install-kubernetes-tools.sh` and the installation of the linters put helm and docker-registry. */
const TOOLS = join(ROOT, '.cache/kubernetes/bin');
process.env.PATH = `${TOOLS}${delimiter}${process.env.PATH}`;

const folder = mkdtempSync(join(tmpdir(), 'oci-chart-'));
const [server, registry] = await Promise.all([startApiServer(), startRegistry()]);
afterAll(async () => {
  await Promise.all([server.stop(), registry.stop()]);
  rmSync(folder, { recursive: true });
});

async function helm(...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: server.adminKubeconfig };
  return (await promisify(execFile)('helm', args, { env })).stdout;
}

async function chartOfDeployment(): Promise<string> {
  const { metadata } = await server.api('GET', '/apis/apps/v1/namespaces/default/deployments/skiff');
  return (metadata as { labels: Record<string, string> }).labels['helm.sh/chart'] ?? '';
}

test('a release is installed, upgraded and rolled back from charts in an OCI registry', async () => {
  const charts = `oci://${registry.host}/charts`;
  for (const version of ['1.0.0', '1.1.0']) {
    await helm('package', join(ROOT, 'charts/skiff'), '--version', version, '--destination', folder);
    await helm('push', join(folder, `skiff-${version}.tgz`), charts, '--plain-http');
  }
  await helm('install', 'skiff', `${charts}/skiff`, '--version', '1.0.0', '--plain-http');
  expect(await chartOfDeployment()).toBe('skiff-1.0.0');
  await helm('upgrade', 'skiff', `${charts}/skiff`, '--version', '1.1.0', '--plain-http', '--reuse-values');
  expect(await chartOfDeployment()).toBe('skiff-1.1.0');
  await helm('rollback', 'skiff', '1');
  expect(await chartOfDeployment()).toBe('skiff-1.0.0');
  await expect(helm('upgrade', 'skiff', `${charts}/skiff`, '--version', '9.9.9', '--plain-http')).rejects.toThrow(
    '9.9.9',
  );
  expect(await chartOfDeployment()).toBe('skiff-1.0.0');
});
