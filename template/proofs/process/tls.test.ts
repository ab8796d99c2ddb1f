import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, request as send } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { Service } from '../../../test/support/service.ts';
import { temporaryFiles } from '../../../test/support/temporary-files.ts';
import { createTestAuthority, type IssuedPair } from '../../../test/support/test-authority.ts';
import { startItemsService } from '../../support/items-service.ts';

const authority = await createTestAuthority();

/** Creates a directory with the layout of a mounted Secret: files link into `..data`, which links to a dated directory. */
function mountSecret(files: Record<string, string>) {
  const mount = temporaryFiles({});
  let generation = 0;
  function put(next: Record<string, string>): void {
    const dated = `..generation_${++generation}`;
    mkdirSync(join(mount, dated));
    for (const [name, content] of Object.entries(next)) writeFileSync(join(mount, dated, name), content);
    symlinkSync(dated, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    rmSync(join(mount, `..generation_${generation - 1}`), { recursive: true, force: true });
  }
  put(files);
  for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(mount, name));
  return { mount, put };
}

function secretOf({ cert, key }: IssuedPair): Record<string, string> {
  return { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.cert };
}

async function startTls(mount: string, env: NodeJS.ProcessEnv = {}): Promise<Service> {
  const service = await startItemsService({
    env: {
      SKIFF_HTTP_TLS_CERT_FILE: join(mount, 'tls.crt'),
      SKIFF_HTTP_TLS_KEY_FILE: join(mount, 'tls.key'),
      ...env,
    },
  });
  onTestFinished(async () => {
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  });
  return service;
}

const portOf = (url: string) => Number(new URL(url).port);

async function handshake(url: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port: portOf(url), host: '127.0.0.1', ca: authority.cert, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function fingerprint(url: string): Promise<string | undefined> {
  const socket = await handshake(url);
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
  socket.destroy();
  return fingerprint;
}

async function request(url: string, agent: Agent, method = 'GET'): Promise<number> {
  const sent = send(url, { agent, method, ca: authority.cert }).end();
  const [response] = await once(sent, 'response');
  await once(response.resume(), 'end');
  return response.statusCode;
}

const metric = async (service: Service, series: string) =>
  (await (await fetch(`${service.adminUrl}/metrics`)).text()).split('\n').find((line) => line.startsWith(series));

test('certificates are replaced under load without a failed request, and open connections persist', async () => {
  const secret = mountSecret(secretOf(await authority.issue('CN=server')));
  // Overload protection would reject requests on a busy machine.
  const service = await startTls(secret.mount, { SKIFF_OVERLOAD_EVENT_LOOP_DELAY: '0s' });
  const url = `${service.url}/v1/items`;
  const keepAlive = new Agent({ keepAlive: true, maxSockets: 4 });
  const single = new Agent({ keepAlive: false });
  const outcomes = { succeeded: 0, failed: [] as string[] };
  let loading = true;
  const clients = [keepAlive, keepAlive, keepAlive, keepAlive, single, single].map(async (agent) => {
    while (loading) {
      try {
        const status = await request(url, agent);
        if (status === 200) outcomes.succeeded += 1;
        else outcomes.failed.push(String(status));
      } catch (error) {
        outcomes.failed.push(String(error));
      }
    }
  });
  const held = await handshake(service.url);

  for (let rotation = 1; rotation <= 5; rotation++) {
    const before = await fingerprint(service.url);
    const succeeded = outcomes.succeeded;
    secret.put(secretOf(await authority.issue('CN=server')));
    await expect.poll(() => fingerprint(service.url)).not.toBe(before);
    await expect.poll(() => outcomes.succeeded).toBeGreaterThan(succeeded);
  }
  loading = false;
  await Promise.all(clients);

  expect(outcomes.failed, `besides ${outcomes.succeeded} successful requests`).toEqual([]);
  expect(outcomes.succeeded).toBeGreaterThan(100);
  expect(Object.values(keepAlive.freeSockets).flat().length).toBeGreaterThan(0);
  held.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(String(await once(held, 'data'))).toContain('200 OK');
  expect(await metric(service, 'tls_certificate_reloads_total{listener="http",result="success"}')).toMatch(/ 5$/);
  keepAlive.destroy();
  single.destroy();
});

test('an invalid new pair is rejected, logged and counted, and the previous one stays in use until a valid one is available', async () => {
  const first = await authority.issue('CN=server', { notAfter: new Date('2099-01-01T00:00:00Z') });
  const secret = mountSecret(secretOf(first));
  const service = await startTls(secret.mount);
  const before = await fingerprint(service.url);
  const failures = () => metric(service, 'tls_certificate_reloads_total{listener="http",result="failure"}');

  const other = await authority.issue('CN=server');
  const expired = await authority.issue('CN=server', { notAfter: new Date(Date.now() - 1000) });
  const broken = [
    { ...secretOf(first), 'tls.key': other.key },
    { ...secretOf(first), 'tls.crt': 'no certificate' },
    secretOf(expired),
  ];
  for (const [index, files] of broken.entries()) {
    secret.put(files);
    await expect.poll(failures).toMatch(new RegExp(` ${index + 1}$`));
    expect(await fingerprint(service.url)).toBe(before);
  }
  const rejections = () => service.lines.filter(({ msg }) => String(msg).startsWith('rejected new certificate'));
  await expect.poll(() => rejections().map(({ level }) => level)).toEqual(['error', 'error', 'error']);
  expect(JSON.stringify(rejections())).not.toContain('PRIVATE KEY');
  const notAfter = 'tls_certificate_not_after_timestamp_seconds{listener="http"}';
  expect(await metric(service, notAfter)).toBe(`${notAfter} ${Date.parse('2099-01-01T00:00:00Z') / 1000}`);

  secret.put(secretOf(other));
  await expect.poll(() => fingerprint(service.url)).not.toBe(before);
});

test('the start fails if the initial pair is invalid', async () => {
  const [one, other] = await Promise.all([authority.issue('CN=server'), authority.issue('CN=server')]);
  const { mount } = mountSecret(secretOf({ ...one, key: other.key }));
  await expect(startTls(mount)).rejects.toThrow('exit 1');
});

test('TLS 1.2 and 1.3 are accepted; older versions, weak ciphers and plain text are rejected', async () => {
  const { mount } = mountSecret(secretOf(await authority.issue('CN=server')));
  const { url, adminUrl } = await startTls(mount);
  expect(url).toMatch(/^https:/);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await handshake(url, { minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    expect(socket.alpnProtocol).not.toBe('h2');
    socket.destroy();
  }
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await expect(handshake(url, old)).rejects.toThrow();
  for (const ciphers of ['AES128-SHA', 'AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA']) {
    await expect(handshake(url, { maxVersion: 'TLSv1.2', ciphers }), ciphers).rejects.toThrow();
  }
  const plain = connectPlain(portOf(url), '127.0.0.1');
  plain.on('error', () => {});
  plain.write('GET /v1/items HTTP/1.1\r\nHost: x\r\n\r\n');
  let received = '';
  plain.on('data', (chunk) => {
    received += chunk;
  });
  await once(plain, 'close');
  expect(received).not.toContain('HTTP/1.1');
  expect((await fetch(`${adminUrl}/healthz`)).status).toBe(200);
});

test('with clientAuth=require, only clients with a certificate of the configured authority are served', async () => {
  const { mount } = mountSecret(secretOf(await authority.issue('CN=server')));
  const { url } = await startTls(mount, {
    SKIFF_HTTP_TLS_CLIENT_CA_FILE: join(mount, 'ca.crt'),
    SKIFF_HTTP_TLS_CLIENT_AUTH: 'require',
  });
  const untrusted = await (await createTestAuthority('CN=Elsewhere')).issue('CN=client');
  const known = new Agent({ ...(await authority.issue('CN=client')), keepAlive: false });
  expect(await request(`${url}/v1/items`, known)).toBe(200);
  for (const options of [{}, untrusted]) {
    const agent = new Agent({ ...options, keepAlive: false });
    await expect(request(`${url}/v1/items`, agent)).rejects.toThrow();
  }
});

test('with clientAuth=request, all clients are served, and only the certificates of the authority are trusted', async () => {
  const { mount } = mountSecret(secretOf(await authority.issue('CN=server')));
  const service = await startTls(mount, {
    SKIFF_HTTP_TLS_CLIENT_CA_FILE: join(mount, 'ca.crt'),
    SKIFF_HTTP_TLS_CLIENT_AUTH: 'request',
  });
  const untrusted = await (await createTestAuthority('CN=Elsewhere')).issue('CN=deployer');
  const known = await authority.issue('CN=deployer,O=Example');
  for (const options of [known, untrusted, {}]) {
    const agent = new Agent({ ...options, keepAlive: false });
    expect(await request(`${service.url}/v1/items/x`, agent, 'DELETE')).toBe(404);
  }
  const audit = () => service.lines.filter(({ msg }) => msg === 'audit').map((line) => line.client_subject);
  await expect.poll(audit).toEqual(['CN=deployer,O=Example', undefined, undefined]);
});

test('the shutdown does not wait for connections that are in their handshake or idle after it', async () => {
  const { mount } = mountSecret(secretOf(await authority.issue('CN=server')));
  const service = await startTls(mount, { SKIFF_LIFECYCLE_SHUTDOWN_TIMEOUT: '30s' });
  const inHandshake = connectPlain(portOf(service.url), '127.0.0.1').on('error', () => {});
  await once(inHandshake, 'connect');
  const silent = (await handshake(service.url)).on('error', () => {});
  const closed = [once(inHandshake, 'close'), once(silent, 'close')];
  const startedAt = performance.now();
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  await Promise.all(closed);
  // The time limits of the shutdown and the handshake are 30 s and 10 s.
  expect(performance.now() - startedAt).toBeLessThan(8_000);
});

test.each([
  [{ SKIFF_HTTP_TLS_CERT_FILE: '/x' }, 'http.tls.certFile'],
  [{ SKIFF_ADMIN_TLS_KEY_FILE: '/x' }, 'admin.tls.certFile'],
  [{ SKIFF_HTTP_TLS_CLIENT_AUTH: 'require' }, 'http.tls.clientCaFile'],
  [{ SKIFF_HTTP_TLS_CLIENT_CA_FILE: '/x' }, 'http.tls.clientCaFile'],
])('an incomplete TLS configuration is rejected: %j', async (env, key) => {
  await expect(startItemsService({ env })).rejects.toThrow(key);
});
