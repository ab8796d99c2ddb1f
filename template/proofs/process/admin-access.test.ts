import { once } from 'node:events';
import { get, request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../../test/support/service.ts';
import { startItemsService } from '../../support/items-service.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

let service: Service;
beforeAll(async () => {
  service = await startItemsService({
    // Trusted proxies and their headers must not affect access to the admin listener.
    env: {
      SKIFF_DEBUG_ENABLED: 'true',
      SKIFF_ADMIN_HOST: HAS_IPV6 ? '::' : '0.0.0.0',
      SKIFF_HTTP_TRUST_PROXY: '127.0.0.0/8',
      SKIFF_ADMIN_ALLOWED_HOSTS: 'skiff.internal',
    },
  });
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
});

const LOCAL_CLAIMS = {
  'x-forwarded-for': '127.0.0.1',
  'x-real-ip': '127.0.0.1',
  forwarded: 'for=127.0.0.1',
  'x-envoy-external-address': '127.0.0.1',
  'x-original-url': '/metrics',
};

/** Sends a request to the admin listener from a local address and returns the status. */
async function requestFrom(
  localAddress: string,
  path: string,
  options: { method?: string; to?: string; headers?: Record<string, string> } = {},
) {
  const { method = 'GET', to = '127.0.0.1', headers = {} } = options;
  const port = Number(new URL(service.adminUrl).port);
  const outgoing = request({
    host: to,
    port,
    path,
    method,
    localAddress,
    headers: { ...LOCAL_CLAIMS, ...headers },
    agent: false,
  });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  response.resume();
  return response.statusCode;
}

/** Returns a loopback URL of the admin listener. It may listen on `::`, which is not accepted as a local name in `Host`. */
function loopbackUrl(): string {
  return `http://127.0.0.1:${new URL(service.adminUrl).port}`;
}

async function expectAdmitted(from: string): Promise<void> {
  for (const path of ['/config', '/loglevel', '/debug/handles']) {
    expect(await requestFrom(from, path, { to: from }), path).toBe(200);
  }
}

test('without authentication, 127.0.0.1 has access, even as an IPv4-mapped address', () => expectAdmitted('127.0.0.1'));

test.skipIf(!HAS_IPV6)('without authentication, ::1 has access (skipped without IPv6)', () => expectAdmitted('::1'));

test('without authentication, no other address has access, regardless of headers (127.0.0.6 is a sidecar)', async () => {
  for (const from of ['127.0.0.6', '127.0.0.2', '127.1.1.1']) {
    for (const path of ['/config', '/loglevel', '/debug/handles', '/debug/heap', '/debug/cpu?seconds=1']) {
      expect(await requestFrom(from, path), `${path} from ${from}`).toBe(403);
      expect(await requestFrom(from, path, { method: 'HEAD' }), `HEAD ${path} from ${from}`).toBe(403);
    }
    expect(await requestFrom(from, '/loglevel', { method: 'PUT' })).toBe(403);
    for (const path of ['/metrics', '/healthz', '/readyz', '/version'])
      expect(await requestFrom(from, path), path).toBe(200);
  }
  expect(service.lines.some(({ msg }) => msg === 'log level changed')).toBe(false);
});

test('without authentication, a web page has no access, not even with DNS rebinding', async () => {
  for (const headers of [
    { host: 'evil.example:9091' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
    { origin: 'https://evil.example' },
  ]) {
    for (const path of ['/config', '/loglevel', '/debug/handles', '/debug/heap', '/debug/cpu?seconds=1']) {
      expect(await requestFrom('127.0.0.1', path, { headers }), `${path} with ${JSON.stringify(headers)}`).toBe(403);
    }
    expect(await requestFrom('127.0.0.1', '/loglevel', { method: 'PUT', headers })).toBe(403);
    expect(await requestFrom('127.0.0.1', '/healthz', { headers })).toBe(200);
  }
  expect(service.lines.some(({ msg }) => msg === 'log level changed')).toBe(false);
});

test('kubectl port-forward and hosts in admin.allowedHosts have access', async () => {
  expect(await requestFrom('127.0.0.1', '/config', { headers: { host: 'localhost:9091' } })).toBe(200);
  expect(await requestFrom('127.0.0.1', '/config', { headers: { host: 'skiff.internal' } })).toBe(200);
});

test('only one profile or snapshot is taken at a time, and its duration is limited', async () => {
  // All at once: whichever arrives first is taken, and has nodes.
  const responses = await Promise.all(
    ['cpu?seconds=3', 'cpu?seconds=3', 'heap'].map(async (path) => {
      const response = await fetch(`${loopbackUrl()}/debug/${path}`);
      return { status: response.status, text: await response.text() };
    }),
  );
  expect(responses.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  const { nodes } = JSON.parse(responses.find(({ status }) => status === 200)?.text ?? '');
  expect(nodes.length).toBeGreaterThan(1);
  for (const seconds of ['0', '31', '1e9', '-1', 'x']) {
    expect((await fetch(`${loopbackUrl()}/debug/cpu?seconds=${seconds}`)).status, seconds).toBe(422);
  }
});

test('a heap snapshot is complete, and a client that disconnects early does not block the next one', async () => {
  const leaving = get(`${loopbackUrl()}/debug/heap`);
  const [response] = await once(leaving, 'response');
  await once(response, 'data');
  leaving.on('error', () => {}).destroy();
  const takeSnapshot = async () => {
    const response = await fetch(`${loopbackUrl()}/debug/heap`);
    const body = await response.text();
    return response.status === 200 ? Object.keys(JSON.parse(body)) : response.status;
  };
  await expect.poll(takeSnapshot).toContain('snapshot');
});

test('without debug.enabled and debug.snapshotDir, heap snapshots are not available', async () => {
  const plain = await startItemsService();
  expect((await fetch(`${plain.adminUrl}/debug/heap`)).status).toBe(404);
  expect((await fetch(`${plain.adminUrl}/debug/heap-snapshot`, { method: 'POST' })).status).toBe(404);
  plain.kill('SIGTERM');
  expect((await plain.exit).code).toBe(0);
});
