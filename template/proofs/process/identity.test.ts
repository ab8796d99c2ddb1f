import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { AUDIENCE, type Issuer, startIssuer } from '../../../test/support/issuer.ts';
import type { Service } from '../../../test/support/service.ts';
import { temporaryFiles } from '../../../test/support/temporary-files.ts';
import { startItemsService } from '../../support/items-service.ts';

const ROLES = ['items-reader', 'items-editor', 'admin', 'nobody'] as const;

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer(ROLES);
});
afterAll(() => issuer.close());

async function start(env: NodeJS.ProcessEnv = {}): Promise<Service> {
  const service = await startItemsService({
    env: {
      SKIFF_AUTH_ENABLED: 'true',
      SKIFF_AUTH_ISSUER: issuer.url,
      SKIFF_AUTH_AUDIENCE: AUDIENCE,
      SKIFF_AUTH_JWKS_URL: issuer.jwksUrl,
      SKIFF_AUTH_JWKS_COOLDOWN: '1s',
      ...env,
    },
  });
  onTestFinished(async () => {
    service.kill('SIGTERM');
    await service.exit;
  });
  return service;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function request(url: string, token?: string, init: RequestInit = {}) {
  const headers = { ...(token !== undefined && bearer(token)), ...Object(init.headers) };
  const response = await fetch(url, { ...init, headers });
  const body = await response.text();
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body };
}

function put(service: Service, key: string, token?: string) {
  const headers = { 'content-type': 'application/json' };
  return request(`${service.url}/v1/items/${key}`, token, { method: 'PUT', headers, body: '{"enabled":true}' });
}

test('each role has exactly the permissions that it was granted', async () => {
  const service = await start();
  const allowed: Record<string, [read: number, write: number, operate: number]> = {
    'items-reader': [200, 403, 403],
    'items-editor': [200, 201, 403],
    admin: [403, 403, 200],
    nobody: [403, 403, 403],
  };
  for (const role of ROLES) {
    const token = await issuer.token(role);
    const [read, write] = [await request(`${service.url}/v1/items`, token), await put(service, `by-${role}`, token)];
    const operate = await request(`${service.adminUrl}/config`, token);
    expect([read.status, write.status, operate.status], role).toEqual(allowed[role]);
  }
  for (const path of ['/healthz', '/readyz', '/version', '/openapi.json']) {
    expect((await request(service.url + path)).status, path).toBe(200);
  }
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    expect((await request(service.adminUrl + path)).status, path).toBe(200);
  }
});

test('a rejection has an RFC 6750 challenge and a problem document, and is counted', async () => {
  const service = await start();
  const realm = 'Bearer realm="skiff"';
  const anonymous = await put(service, 'a');
  expect(anonymous).toMatchObject({ status: 401, challenge: realm });
  expect(JSON.parse(anonymous.body)).toMatchObject({ status: 401, code: 'token_missing' });

  const invalid = await put(service, 'a', 'no.such.token');
  expect(invalid.challenge).toMatch(/^Bearer realm="skiff", error="invalid_token", error_description="[^"]+"$/);
  expect(JSON.parse(invalid.body)).toMatchObject({ status: 401, code: 'token_invalid' });

  const reader = await put(service, 'a', await issuer.token('items-reader'));
  expect(reader.challenge).toBe(`${realm}, error="insufficient_scope", scope="items:write"`);
  expect(JSON.parse(reader.body)).toMatchObject({
    status: 403,
    code: 'permission_missing',
    detail: 'This request requires the permission items:write.',
  });

  const metrics = (await request(`${service.adminUrl}/metrics`)).body;
  for (const reason of ['token_missing', 'token_malformed', 'permission_missing']) {
    expect(metrics).toContain(`http_auth_failures_total{reason="${reason}"} 1\n`);
  }
  expect(metrics).toContain('http_requests_total{method="PUT",handler="/v1/items/{key}",code="401"} 2');
});

test('every write is audited with subject, method, target and status, even if rejected and at any log level', async () => {
  const service = await start();
  await request(`${service.adminUrl}/loglevel`, await issuer.token('admin'), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"level":"error"}',
  });
  await put(service, 'audited', await issuer.token('items-editor'));
  await put(service, 'audited', await issuer.token('items-editor'));
  await put(service, 'audited', await issuer.token('items-reader'));
  await put(service, 'audited');
  await request(`${service.url}/v1/items/audited`, await issuer.token('items-reader'));
  const audit = () => service.lines.filter(({ msg }) => msg === 'audit');
  await expect.poll(audit).toHaveLength(5);
  const line = { level: 'info', method: 'PUT', handler: '/v1/items/{key}', params: { key: 'audited' } };
  expect(audit()).toMatchObject([
    { subject: 'admin', handler: '/loglevel', status: 200 },
    { ...line, subject: 'items-editor', status: 201, request_id: expect.any(String), remote_address: '127.0.0.1' },
    { ...line, subject: 'items-editor', status: 428 },
    { ...line, subject: 'items-reader', status: 403 },
    { ...line, subject: 'anonymous', status: 401 },
  ]);
});

test('a new key of the issuer is accepted, and tokens of a removed key are rejected', async () => {
  const service = await start({ SKIFF_AUTH_JWKS_MAX_AGE: '1s' });
  const read = async (token: string) => (await request(`${service.url}/v1/items`, token)).status;
  const first = await issuer.token('items-reader');
  expect(await read(first)).toBe(200);

  await issuer.rotate({ keepPrevious: true });
  const second = await issuer.token('items-reader');
  await expect.poll(() => read(second)).toBe(200);
  expect(await read(first)).toBe(200);

  await issuer.rotate({ keepPrevious: false });
  // Both tokens were accepted before. Cached results must not outlive their key.
  await expect.poll(() => read(second)).toBe(401);
  expect(await read(first)).toBe(401);
  expect(await read(await issuer.token('items-reader'))).toBe(200);
});

test.each(['SKIFF_AUTH_JWKS_FILE', 'SKIFF_AUTH_JWKS_URL'])(
  'a weak key from %s is skipped with one warning, and a token signed with it is rejected with 401',
  async (variable) => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const keys = [issuer.publicJwk, { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak' }];
    const text = JSON.stringify({ keys });
    const server = createServer((_request, response) => response.end(text)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const file = join(temporaryFiles({ 'jwks.json': text }), 'jwks.json');
    const service = await start({
      SKIFF_AUTH_JWKS_URL: undefined,
      [variable]: variable.endsWith('_FILE') ? file : `http://127.0.0.1:${port}/jwks`,
    });
    expect(await service.line('ignored token keys')).toMatchObject({ level: 'warn', keys: [{ kid: 'weak' }] });

    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: issuer.url, aud: AUDIENCE, sub: 'x', exp: Math.floor(Date.now() / 1000) + 60 };
    const signed = `${part({ alg: 'RS256', kid: 'weak' })}.${part(claims)}`;
    const token = `${signed}.${sign('sha256', Buffer.from(signed), weak.privateKey).toString('base64url')}`;
    const rejected = await request(`${service.url}/v1/items`, token);
    expect([rejected.status, JSON.parse(rejected.body).code]).toEqual([401, 'token_invalid']);
    expect((await request(`${service.url}/v1/items`, await issuer.token('items-reader'))).status).toBe(200);
    expect(service.lines.filter(({ msg }) => msg === 'ignored token keys')).toHaveLength(1);
    expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  },
);

test('while the issuer is unavailable its previous keys stay in use, and unknown key ids cause no requests to it', async () => {
  const service = await start({ SKIFF_AUTH_JWKS_MAX_AGE: '1s', SKIFF_AUTH_JWKS_COOLDOWN: '1h' });
  const token = await issuer.token('items-reader');
  issuer.unavailable = true;
  onTestFinished(() => {
    issuer.unavailable = false;
  });
  await service.line('failed to renew token keys; keeping the previous ones');
  expect((await request(`${service.url}/v1/items`, token)).status).toBe(200);
  expect((await request(`${service.adminUrl}/readyz`)).status).toBe(200);
  const before = issuer.keyRequests;
  for (let i = 0; i < 50; i++) {
    const forged = await issuer.forge({ sub: 'x' }, { kid: `made-up-${i}` });
    expect((await request(`${service.url}/v1/items`, forged)).status).toBe(401);
  }
  expect(issuer.keyRequests).toBe(before);
});

test('without any keys all requests are rejected and the instance is not ready, until it recovers by itself', async () => {
  const token = await issuer.token('items-reader');
  issuer.unavailable = true;
  onTestFinished(() => {
    issuer.unavailable = false;
  });
  const service = await start();
  const rejected = await request(`${service.url}/v1/items`, token);
  expect([rejected.status, JSON.parse(rejected.body).code]).toEqual([503, 'authentication_unavailable']);
  expect((await request(`${service.adminUrl}/readyz?verbose`)).body).toContain('[-]token-keys');
  expect((await request(`${service.adminUrl}/healthz`)).status).toBe(200);
  issuer.unavailable = false;
  await expect.poll(async () => (await request(`${service.adminUrl}/readyz`)).status).toBe(200);
  expect((await request(`${service.url}/v1/items`, token)).status).toBe(200);
});

test('in production, each start without authentication logs a warning', async () => {
  const service = await start({
    SKIFF_ENVIRONMENT: 'production',
    SKIFF_AUTH_ENABLED: 'false',
    SKIFF_HTTP_PORT: '0',
    SKIFF_ADMIN_PORT: '0',
  });
  expect((await service.line('started')).level).toBe('info');
  const warned = service.lines.filter(
    ({ level, msg }) => level === 'warn' && String(msg).startsWith('authentication is disabled'),
  );
  expect(warned).toHaveLength(1);
});
