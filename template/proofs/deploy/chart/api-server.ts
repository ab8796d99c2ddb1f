import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The kinds that the chart renders by default, by the path of their API. */
const APIS: Readonly<Record<string, readonly string[]>> = {
  '/api/v1': ['ConfigMap', 'Pod', 'Service', 'ServiceAccount'],
  '/apis/apps/v1': ['Deployment'],
  '/apis/autoscaling/v2': ['HorizontalPodAutoscaler'],
  '/apis/networking.k8s.io/v1': ['NetworkPolicy'],
  '/apis/policy/v1': ['PodDisruptionBudget'],
};

export interface FakeApiServer {
  /** Path of a kubeconfig, for the environment variable KUBECONFIG. */
  readonly kubeconfig: string;
  stop(): void;
}

/**
 * Starts a fake API server for Helm's `lookup`. It serves discovery, and these objects by path, such as
 * `/apis/apps/v1/namespaces/skiff/deployments/skiff`. `npm run test:cluster` uses a real API server.
 */
export async function startFakeApiServer(objects: ReadonlyMap<string, object>): Promise<FakeApiServer> {
  const groups = Object.keys(APIS).flatMap((path) => {
    const [, , name, version] = path.split('/');
    if (version === undefined) return [];
    const preferredVersion = { groupVersion: `${name}/${version}`, version };
    return [{ name, versions: [preferredVersion], preferredVersion }];
  });
  const resourceLists = Object.entries(APIS).map(([path, kinds]): [string, object] => {
    const resources = kinds.map((kind) => ({ name: pluralOf(kind), kind, namespaced: true, verbs: ['get'] }));
    return [path, { kind: 'APIResourceList', groupVersion: path.replace(/^\/apis?\//, ''), resources }];
  });
  const served = new Map<string, object>([
    ['/version', { major: '1', minor: '35', gitVersion: 'v1.35.4' }],
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups }],
    ...resourceLists,
    ...objects,
  ]);
  const server = createServer(({ url = '' }, response) => {
    const found = served.get(url.replace(/\?.*/, ''));
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const folder = mkdtempSync(join(tmpdir(), 'api-server-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const name = 'fake';
  const cluster = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    contexts: [{ name, context: { cluster: name } }],
    'current-context': name,
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return {
    kubeconfig,
    stop() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function pluralOf(kind: string): string {
  return kind.toLowerCase().replace(/y$/, 'ie').concat('s');
}
