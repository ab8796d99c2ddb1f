import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type StubApi, startStubApi } from '../../template/support/kubernetes/stub-api.ts';
import { createTestAuthority } from '../../test/support/test-authority.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createKubernetesClient, type KubernetesClient, type KubernetesClientOptions } from './client.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';
import { createTokenFile } from './token-file.ts';

interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}

const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const jobs: Resource<KubernetesObject> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};
const nodes: Resource<KubernetesObject> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  namespaced: false,
};

const OBJECT: ConfigMap = { metadata: { name: 'a' }, data: { x: '1' } };
const TYPED = { apiVersion: 'v1', kind: 'ConfigMap', ...OBJECT };

function clientOf(
  stub: StubApi,
  options: Partial<KubernetesClientOptions> = {},
  metrics = createMetrics(),
): KubernetesClient {
  const client = createKubernetesClient(
    { connection: stub.connection(), userAgent: 'skiff/1.0', ...options },
    { metrics },
  );
  onTestFinished(() => client.close());
  return client;
}

const status = (code: number, reason: string, message = reason) => ({
  status: code,
  body: { kind: 'Status', code, reason, message },
});

test.each<[string, (client: KubernetesClient) => Promise<unknown>, object]>([
  [
    'get',
    (client) => client.get(jobs, 'a b', { namespace: 'other' }),
    { method: 'GET', path: '/apis/batch/v1/namespaces/other/jobs/a%20b', query: {}, body: '' },
  ],
  [
    'get without namespaces',
    (client) => client.get(nodes, 'n1'),
    { method: 'GET', path: '/api/v1/nodes/n1', query: {}, body: '' },
  ],
  [
    'create',
    (client) => client.create(configMaps, OBJECT, { fieldManager: 'f' }),
    { method: 'POST', path: '/api/v1/namespaces/shop/configmaps', query: { fieldManager: 'f' }, body: TYPED },
  ],
  [
    'replace',
    (client) =>
      client.replace(configMaps, { ...OBJECT, metadata: { name: 'a', namespace: 'own' } }, { subresource: 'status' }),
    {
      method: 'PUT',
      path: '/api/v1/namespaces/own/configmaps/a/status',
      query: {},
      body: { ...TYPED, metadata: { name: 'a', namespace: 'own' } },
    },
  ],
  [
    'apply',
    (client) => client.apply(configMaps, OBJECT, { fieldManager: 'f', force: true }),
    {
      method: 'PATCH',
      path: '/api/v1/namespaces/shop/configmaps/a',
      query: { fieldManager: 'f', force: 'true' },
      type: 'application/apply-patch+yaml',
      body: TYPED,
    },
  ],
  [
    'merge patch',
    (client) => client.patch(configMaps, 'a', { data: null }, { type: 'merge' }),
    {
      method: 'PATCH',
      path: '/api/v1/namespaces/shop/configmaps/a',
      query: {},
      type: 'application/merge-patch+json',
      body: { data: null },
    },
  ],
  [
    'JSON patch',
    (client) => client.patch(configMaps, 'a', [], { type: 'json' }),
    {
      method: 'PATCH',
      path: '/api/v1/namespaces/shop/configmaps/a',
      query: {},
      type: 'application/json-patch+json',
      body: [],
    },
  ],
  [
    'delete',
    (client) => client.delete(configMaps, 'a', { preconditions: { uid: 'u' } }),
    {
      method: 'DELETE',
      path: '/api/v1/namespaces/shop/configmaps/a',
      query: {},
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid: 'u' } },
    },
  ],
])('the request of %s follows the API conventions', async (_, call, { type, ...expected }: { type?: string }) => {
  const stub = await startStubApi();
  await call(clientOf(stub));
  const [{ method, path, query, headers, body } = unreachable()] = stub.requests;
  expect({ method, path, query, body: body && JSON.parse(body) }).toEqual(expected);
  expect(headers['user-agent']).toBe('skiff/1.0');
  if (method !== 'GET') expect(headers['content-type']).toBe(type ?? 'application/json');
});

test('a path in the URL of the server precedes the paths of the API', async () => {
  const stub = await startStubApi();
  const connection = stub.connection({ server: new URL(`${stub.url}/k8s/clusters/c1`) });
  await clientOf(stub, { connection }).get(nodes, 'n1');
  expect(stub.requests[0]?.path).toBe('/k8s/clusters/c1/api/v1/nodes/n1');
});

test('a list is read page by page', async () => {
  const stub = await startStubApi();
  for (const name of ['a', 'b', 'c']) stub.put({ metadata: { name } });
  const client = clientOf(stub);
  const first = await client.list(configMaps, { namespace: 'shop', limit: 2 });
  expect(first.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  const second = await client.list(configMaps, { namespace: 'shop', limit: 2, continue: first.continue });
  expect(second).toMatchObject({ items: [{ metadata: { name: 'c' } }], resourceVersion: '4' });
  expect(second.continue).toBeUndefined();
});

test.each([
  [status(404, 'NotFound', 'jobs.batch "a" not found'), 'KUBERNETES_REJECTED', 'NotFound'],
  [status(409, 'Conflict'), 'KUBERNETES_REJECTED', 'Conflict'],
  [status(410, 'Gone'), 'KUBERNETES_REJECTED', 'Expired'],
  [status(500, 'InternalError'), 'KUBERNETES_UNAVAILABLE', 'InternalError'],
  [{ status: 404, body: '404 page not found' }, 'KUBERNETES_REJECTED', 'NotFound'],
  [{ status: 502, body: '<html>' }, 'KUBERNETES_UNAVAILABLE', ''],
])('the response %j is thrown as %s with the reason "%s"', async (reply, code, reason) => {
  const stub = await startStubApi();
  stub.replyAlways(reply);
  const text = typeof reply.body === 'string' ? reply.body : reply.body.message;
  await expect(clientOf(stub).get(jobs, 'a')).rejects.toMatchObject({
    code,
    reason,
    status: reply.status,
    message: `kubernetes: get jobs.batch a in shop: ${reply.status} ${text}`,
  });
});

test('a missing permission is reported with the rule that grants it', async () => {
  const stub = await startStubApi();
  const client = clientOf(stub);
  stub.replyNext(
    status(403, 'Forbidden', 'jobs.batch is forbidden: User "u" cannot list resource "jobs" in API group "batch"'),
  );
  await expect(client.list(jobs)).rejects.toThrow(
    'the missing rule, in a ClusterRole: { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list"] }',
  );
  // An apply that creates the object needs a verb of its own.
  stub.replyNext(status(403, 'Forbidden', 'User "u" cannot create resource "configmaps" in API group ""'));
  await expect(client.apply(configMaps, OBJECT, { fieldManager: 'f', subresource: 'status' })).rejects.toThrow(
    'the missing rule, in a Role in shop: { apiGroups: [""], resources: ["configmaps/status"], verbs: ["create"] }',
  );
});

test('no rule is suggested for an object that admission rejects', async () => {
  const stub = await startStubApi();
  stub.replyNext(status(403, 'Forbidden', 'pods "a" is forbidden: exceeded quota'));
  await expect(clientOf(stub).create(configMaps, OBJECT)).rejects.toMatchObject({
    reason: 'Forbidden',
    message: 'kubernetes: create configmaps in shop: 403 pods "a" is forbidden: exceeded quota',
  });
});

test('a request is sent again after the delay that an overloaded API server asks for', async () => {
  const stub = await startStubApi();
  stub.replyNext({ ...status(429, 'TooManyRequests'), headers: { 'retry-after': '0' } });
  stub.replyNext({ ...status(503, 'ServiceUnavailable'), headers: { 'retry-after': '1' } });
  const startedAt = performance.now();
  await clientOf(stub).create(configMaps, OBJECT);
  expect(stub.requests).toHaveLength(3);
  expect(performance.now() - startedAt).toBeGreaterThan(990);
});

test('a delay beyond 10 seconds, a sixth rejection, and a rejection without a delay are left to the caller', async () => {
  const stub = await startStubApi();
  const client = clientOf(stub);
  stub.replyNext({ ...status(429, 'TooManyRequests'), headers: { 'retry-after': '60' } });
  await expect(client.get(jobs, 'a')).rejects.toMatchObject({ status: 429, retryAfterMs: 60_000 });
  stub.replyNext(status(503, 'ServiceUnavailable'));
  await expect(client.get(jobs, 'a')).rejects.toMatchObject({ status: 503, retryAfterMs: undefined });
  stub.replyAlways({ ...status(429, 'TooManyRequests'), headers: { 'retry-after': '0' } });
  await expect(client.get(jobs, 'a')).rejects.toMatchObject({ status: 429 });
  expect(stub.requests).toHaveLength(1 + 1 + 6);
});

test('a request without a response fails at the time limit', async () => {
  const stub = await startStubApi();
  stub.replyAlways('hang');
  const client = clientOf(stub, { requestTimeoutMs: 100 });
  await expect(client.get(jobs, 'a')).rejects.toMatchObject({ code: 'KUBERNETES_TIMEOUT', status: 0 });
});

test('rejected credentials and a token that cannot be read are errors that name their source', async () => {
  const stub = await startStubApi();
  stub.replyNext(status(401, 'Unauthorized'));
  await expect(clientOf(stub).get(jobs, 'a')).rejects.toMatchObject({
    code: 'KUBERNETES_DENIED',
    message: 'kubernetes: get jobs.batch a in shop: 401 Unauthorized; the credentials are those of stub',
  });
  const connection = stub.connection({ token: createTokenFile('/nonexistent/token') });
  await expect(clientOf(stub, { connection }).get(jobs, 'a')).rejects.toMatchObject({
    code: 'KUBERNETES_DENIED',
    message: expect.stringContaining('/nonexistent/token'),
  });
});

test('a broken connection and a response that is not JSON have errors of their own', async () => {
  const stub = await startStubApi();
  const client = clientOf(stub);
  stub.replyNext('reset', { status: 200, body: '<html>' });
  await expect(client.get(jobs, 'a')).rejects.toMatchObject({ code: 'KUBERNETES_UNAVAILABLE' });
  await expect(client.get(jobs, 'a')).rejects.toMatchObject({ code: 'KUBERNETES_PROTOCOL' });
});

test('an aborted call rejects with the reason of its signal, even while it is connecting', async () => {
  // Accepts connections but does not reply to the TLS handshake.
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const stub = await startStubApi();
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const connection = stub.connection({ server: new URL(`https://127.0.0.1:${port}`) });
  const client = clientOf(stub, { connection });
  const abort = new AbortController();
  const call = client.get(jobs, 'a', { signal: abort.signal });
  const connected = once(silent, 'connection');
  await connected;
  abort.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
});

test('close fails the calls in progress', async () => {
  const stub = await startStubApi();
  stub.replyAlways('hang');
  const client = clientOf(stub);
  const call = client.get(jobs, 'a');
  await expect.poll(() => stub.requests.length).toBe(1);
  await client.close();
  await expect(call).rejects.toMatchObject({ code: 'KUBERNETES_UNAVAILABLE' });
});

test('beforeSend is called for each attempt, and what it throws prevents the attempt', async () => {
  const stub = await startStubApi();
  const client = clientOf(stub);
  stub.replyAlways({ ...status(429, 'TooManyRequests'), headers: { 'retry-after': '0' } });
  const error = new Error('no longer leading');
  let calls = 0;
  const beforeSend = () => {
    calls += 1;
    if (calls === 3) throw error;
  };
  await expect(client.create(configMaps, OBJECT, { beforeSend })).rejects.toBe(error);
  expect(calls).toBe(3);
  expect(stub.requests).toHaveLength(2);
  stub.replyAlways(undefined);
  await client.create(configMaps, OBJECT, { beforeSend });
  expect(stub.requests).toHaveLength(3);
});

test('each request carries the current token', async () => {
  const stub = await startStubApi();
  let token = 'first';
  const client = clientOf(stub, { connection: stub.connection({ token: () => token }) });
  await client.get(jobs, 'a');
  token = 'second';
  await client.get(jobs, 'a');
  expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
});

test('a client certificate authenticates the client, and the CA the server', async () => {
  const [authority, other] = await Promise.all([createTestAuthority(), createTestAuthority('CN=Other')]);
  const [server, own] = await Promise.all([authority.issue('CN=kube-apiserver'), authority.issue('CN=admin')]);
  const stub = await startStubApi({ ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  const connect = (tls: object) => clientOf(stub, { connection: stub.connection({ tls }) }).get(jobs, 'a');
  await expect(connect({ ca: authority.cert, ...own })).resolves.toEqual({});
  await expect(connect({ ca: authority.cert })).rejects.toMatchObject({ code: 'KUBERNETES_UNAVAILABLE' });
  await expect(connect({ ca: other.cert, ...own })).rejects.toThrow(/self-signed|verify/);
});

test('requests are counted and timed as by client-go', async () => {
  const stub = await startStubApi();
  const metrics = createMetrics();
  const client = clientOf(stub, {}, metrics);
  stub.replyNext(undefined, status(404, 'NotFound'), 'reset');
  await client.get(jobs, 'a');
  await expect(client.get(jobs, 'a')).rejects.toThrow();
  await expect(client.create(jobs, OBJECT)).rejects.toThrow();
  const { host } = new URL(stub.url);
  const { body } = await metrics.expose();
  for (const line of [
    `rest_client_requests_total{code="200",method="GET",host="${host}"} 1`,
    `rest_client_requests_total{code="404",method="GET",host="${host}"} 1`,
    `rest_client_requests_total{code="<error>",method="POST",host="${host}"} 1`,
    `rest_client_request_duration_seconds_count{verb="GET",host="${host}"} 2`,
  ]) {
    expect(body).toContain(line);
  }
});

function unreachable(): never {
  throw new Error('no request');
}
