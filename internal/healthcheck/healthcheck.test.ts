import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createTestAuthority } from '../../test/support/test-authority.ts';
import { healthcheck } from './healthcheck.ts';

const configDir = mkdtempSync(join(tmpdir(), 'healthcheck-'));
afterAll(() => rmSync(configDir, { recursive: true }));
writeFileSync(join(configDir, 'default.yaml'), 'admin:\n  port: 1\n');

/** What the health check reports, which would appear in the output of the tests. */
beforeEach(() => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function respondingWith(status: number): Promise<number> {
  return portOf(createServer((_request, response) => response.writeHead(status).end()));
}

const check = (env: NodeJS.ProcessEnv, ...argv: string[]) => healthcheck({ argv, env, defaultConfigDir: configDir });

test.each([
  [200, 0],
  [503, 1],
  [302, 1],
])('a response of %i gives exit code %i', async (status, code) => {
  expect(await check({ SKIFF_ADMIN_PORT: `${await respondingWith(status)}` })).toBe(code);
});

test('requests /healthz of the admin listener at its configured address', async () => {
  const paths: (string | undefined)[] = [];
  const port = await portOf(createServer(({ url }, response) => response.end(`${paths.push(url)}`)));
  const file = join(configDir, 'mounted.yaml');
  writeFileSync(file, `admin:\n  host: 127.0.0.1\n  port: ${port}\n`);
  expect(await check({ SKIFF_CONFIG_FILE: file })).toBe(0);
  expect(paths).toEqual(['/healthz']);
});

test('uses TLS if the admin listener does, without verifying its certificate', async () => {
  const { cert, key } = await (await createTestAuthority()).issue('CN=elsewhere');
  const port = await portOf(createTlsServer({ cert, key }, (_request, response) => response.end()));
  const tls = { SKIFF_ADMIN_TLS_CERT_FILE: '/some/where.pem', SKIFF_ADMIN_TLS_KEY_FILE: '/some/key.pem' };
  expect(await check({ SKIFF_ADMIN_PORT: `${port}`, ...tls })).toBe(0);
  expect(await check({ SKIFF_ADMIN_PORT: `${port}` })).toBe(1);
});

test('requests the URL on the command line instead', async () => {
  expect(await check({}, `http://127.0.0.1:${await respondingWith(200)}/healthz`)).toBe(0);
});

test('--retry-for waits for a listener that opens late', async () => {
  const server = createServer((_request, response) => response.end());
  onTestFinished(() => void server.close());
  // Below the ports that the system gives to connections, so that none of them takes it in the meantime.
  const port = 10_000 + Math.floor(Math.random() * 20_000);
  const checked = check({}, '--retry-for', '20s', `http://127.0.0.1:${port}/readyz`);
  setTimeout(() => server.listen(port, '127.0.0.1'), 400);
  expect(await checked).toBe(0);
});

test('--retry-for waits for a service that becomes ready late', async () => {
  let requests = 0;
  const port = await portOf(createServer((_request, response) => response.writeHead(++requests < 3 ? 503 : 200).end()));
  expect(await check({}, '--retry-for=20s', `http://127.0.0.1:${port}/readyz`)).toBe(0);
  expect(requests).toBe(3);
});

test('a service that stays unready fails after one attempt, or with --retry-for once its time is up', async () => {
  let requests = 0;
  const port = await portOf(createServer((_request, response) => response.writeHead(503).end(`${++requests}`)));
  expect(await check({}, `http://127.0.0.1:${port}/readyz`)).toBe(1);
  expect(requests).toBe(1);
  expect(await check({}, '--retry-for', '600ms', `http://127.0.0.1:${port}/readyz`)).toBe(1);
  expect(requests).toBeGreaterThan(2);
});

test.each([[['--retry']], [['--retry-for', '15']], [['http://a.example', 'http://b.example']]])(
  'the command line %j is a usage error',
  async (argv) => {
    expect(await check({}, ...argv)).toBe(64);
  },
);

test('a refused connection gives exit code 1', async () => {
  expect(await check({ SKIFF_ADMIN_PORT: '1' })).toBe(1);
});

test('an invalid setting elsewhere in the configuration does not make a running service unhealthy', async () => {
  expect(await check({ SKIFF_ADMIN_PORT: `${await respondingWith(200)}`, SKIFF_HTTP_PORT: 'eighty' })).toBe(0);
});
