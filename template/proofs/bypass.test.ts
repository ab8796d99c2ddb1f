import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUDIENCE, type Issuer, startIssuer } from '../../test/support/issuer.ts';
import type { Service } from '../../test/support/service.ts';
import { startItemsService } from '../support/items-service.ts';

let issuer: Issuer;
let service: Service;
/** Number of requests sent, and those that were not rejected. */
let tried = 0;
const accepted: string[] = [];

beforeAll(async () => {
  issuer = await startIssuer(['items-editor']);
  service = await startItemsService({
    env: {
      SKIFF_AUTH_ENABLED: 'true',
      SKIFF_AUTH_ISSUER: issuer.url,
      SKIFF_AUTH_AUDIENCE: AUDIENCE,
      SKIFF_AUTH_JWKS_URL: issuer.jwksUrl,
    },
  });
});
afterAll(async () => {
  service.kill('SIGTERM');
  await Promise.all([service.exit, issuer.close()]);
});

/** Sends raw bytes and returns the status of the first response, or 0 if the connection is closed without one. */
async function send(bytes: string): Promise<number> {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1').on('error', () => {});
  let response = '';
  socket.on('data', (chunk) => {
    response += chunk;
  });
  socket.write(bytes);
  await once(socket, 'close', { signal: AbortSignal.timeout(30_000) });
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1] ?? 0);
}

/** Statuses of requests that had no effect and disclosed nothing. */
const REJECTED = [0, 400, 401, 403, 404, 405, 413, 414, 415, 417, 431, 501];

async function attempt(name: string, bytes: string, expected: readonly number[] = REJECTED): Promise<void> {
  tried += 1;
  const status = await send(bytes);
  if (!REJECTED.includes(status)) accepted.push(`${name}: ${status}`);
  expect(expected, `status of ${name}`).toContain(status);
}

function write(headers: string, target = '/v1/items/x', method = 'PUT'): string {
  const body = '{"enabled":true}';
  return (
    `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

const bearer = (token: string) => `Authorization: Bearer ${token}\r\n`;
const base64 = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);

/** Claims of a valid token. Each attack changes one of them. */
const claims = () => ({
  ...{ iss: issuer.url, aud: AUDIENCE, sub: 'mallory', roles: ['items-editor'] },
  ...{ iat: now(), exp: now() + 300 },
});

test('the unmodified token is accepted', async () => {
  expect(await send(write(bearer(await issuer.forge(claims()))))).toBe(201);
});

test('tokens with wrong, expired, premature or missing claims are rejected', async () => {
  const { exp: _exp, ...withoutExpiry } = claims();
  const { sub: _sub, ...withoutSubject } = claims();
  const { aud: _aud, ...withoutAudience } = claims();
  const { iss: _iss, ...withoutIssuer } = claims();
  const changed: Record<string, object> = {
    'another audience': { aud: 'urn:example:other' },
    'a list without our audience': { aud: ['urn:example:other', `${AUDIENCE}/`] },
    'an audience in upper case': { aud: AUDIENCE.toUpperCase() },
    'an empty audience': { aud: [] },
    'an audience that is an object': { aud: { [AUDIENCE]: true } },
    'another issuer': { iss: 'https://evil.example' },
    'our issuer with a trailing slash': { iss: `${issuer.url}/` },
    expired: { exp: now() - 31 },
    'long expired': { exp: 0 },
    'an expiry that is a string': { exp: String(now() + 300) },
    'an expiry that is null': { exp: null },
    'not yet valid': { nbf: now() + 60 },
    'nbf that is a string': { nbf: '0' },
    'an empty subject': { sub: '' },
    'a subject that is an object': { sub: { admin: true } },
  };
  for (const [name, change] of Object.entries(changed)) {
    await attempt(name, write(bearer(await issuer.forge({ ...claims(), ...change }))), [401]);
  }
  for (const rest of [withoutExpiry, withoutSubject, withoutAudience, withoutIssuer]) {
    await attempt('a missing claim', write(bearer(await issuer.forge(rest))), [401]);
  }
  await attempt(
    'a real token of the issuer for another audience',
    write(bearer(await issuer.token('items-editor', { audience: 'urn:example:other' }))),
    [401],
  );
});

test('a role claim of the wrong type or spelling grants no permission', async () => {
  const shapes: unknown[] = [
    ...['items-editor', 'items-editor admin', { 0: 'items-editor', length: 1 }, { 'items-editor': true }, true, 1],
    ...[null, [], [['items-editor']], ['items-editor', 1], [{ name: 'items-editor' }], ['Items-Editor'], ['*']],
    ...[['items:write'], ['items-editor '], ['__proto__'], ['constructor'], ['toString']],
  ];
  for (const roles of shapes) {
    await attempt(`roles ${JSON.stringify(roles)}`, write(bearer(await issuer.forge({ ...claims(), roles }))), [403]);
  }
  const { roles: _roles, ...without } = claims();
  for (const other of ['role', 'Roles', 'groups', 'scope', 'permissions', '__proto__']) {
    const claim = { [other]: ['items-editor', 'items:write'] };
    await attempt(`roles in ${other}`, write(bearer(await issuer.forge({ ...without, ...claim }))), [403]);
  }
});

test('tokens with algorithm none, a public key used as a secret, another algorithm or another key are rejected', async () => {
  const [, payload = ''] = (await issuer.forge(claims())).split('.');
  const { kid } = issuer.publicJwk;
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', 'null']) {
    for (const signature of ['', 'AAAA', base64('none')]) {
      await attempt(`alg ${alg}`, write(bearer(`${base64({ alg, kid, typ: 'JWT' })}.${payload}.${signature}`)), [401]);
    }
  }
  // Every form of the public key that an implementation may use as an HMAC secret.
  const secrets = [
    JSON.stringify(issuer.publicJwk),
    issuer.publicJwk.n ?? '',
    await (await fetch(issuer.jwksUrl)).text(),
  ];
  for (const [alg, hash] of [
    ['HS256', 'sha256'],
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ] as const) {
    for (const secret of ['', ...secrets, Buffer.from(issuer.publicJwk.n ?? '', 'base64url')]) {
      const signed = `${base64({ alg, kid })}.${payload}`;
      const signature = createHmac(hash, secret).update(signed).digest('base64url');
      await attempt(`${alg} with the public key`, write(bearer(`${signed}.${signature}`)), [401]);
    }
  }
  for (const alg of ['RS256', 'RS384', 'PS256', 'ES256', 'EdDSA'] as const) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    for (const header of [{ alg, kid }, { alg }, { alg, kid: 'unknown' }] as JWTHeaderParameters[]) {
      const token = await new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);
      await attempt(`${alg} with an attacker's key`, write(bearer(token)), [401]);
    }
  }
});

test('tokens whose header refers to another key or contains one are rejected', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const own = { ...(await exportJWK(publicKey)), kid: 'own', alg: 'RS256' };
  const keysUrl = `data:application/json,${encodeURIComponent(JSON.stringify({ keys: [own] }))}`;
  const headers: JWTHeaderParameters[] = [
    { alg: 'RS256', kid: 'own', jwk: own },
    { alg: 'RS256', kid: 'own', jku: keysUrl },
    { alg: 'RS256', kid: 'own', jku: `${service.url}/keys` },
    { alg: 'RS256', kid: 'own', x5u: 'https://evil.example/cert.pem' },
    { alg: 'RS256', kid: 'own', x5c: ['MIIB'] },
    ...[
      '../../../../dev/null',
      '/dev/null',
      "' OR 1=1 --",
      '__proto__',
      'constructor',
      '',
      '%00',
      'a'.repeat(4000),
    ].map((kid) => ({ alg: 'RS256', kid })),
  ];
  for (const header of headers) {
    const token = await new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);
    await attempt(`header ${JSON.stringify(header).slice(0, 80)}`, write(bearer(token)), [401]);
  }
  const { kid } = issuer.publicJwk;
  for (const header of [{ crit: ['exp'] }, { crit: ['b64'], b64: false }, { crit: [] }]) {
    const forged = `${base64({ alg: 'RS256', kid, ...header })}.${base64(claims())}.${base64('signature')}`;
    await attempt(`crit ${JSON.stringify(header)}`, write(bearer(forged)), [401]);
  }
});

test('missing, duplicate, misplaced, malformed and very long credentials are rejected', async () => {
  const good = await issuer.forge(claims());
  const bad = 'eyJhbGciOiJub25lIn0.e30.';
  const places: Record<string, string> = {
    'no header': '',
    'an empty header': 'Authorization:\r\n',
    'a scheme alone': 'Authorization: Bearer\r\n',
    'an empty token': 'Authorization: Bearer \r\n',
    'two headers, the valid one first': bearer(good) + bearer(bad),
    'two headers, the valid one last': bearer(bad) + bearer(good),
    'two valid headers': `${bearer(good)}AUTHORIZATION: bearer ${good}\r\n`,
    'two tokens in one header': `Authorization: Bearer ${bad}, Bearer ${good}\r\n`,
    'another scheme': `Authorization: Token ${good}\r\n`,
    'basic credentials': `Authorization: Basic ${Buffer.from(`x:${good}`).toString('base64')}\r\n`,
    'no scheme': `Authorization: ${good}\r\n`,
    'white space in the token': `Authorization: Bearer ${good.slice(0, 20)} ${good.slice(20)}\r\n`,
    'a tab': `Authorization: Bearer\t${good}\r\n`,
    'a folded header': `Authorization: Bearer\r\n ${good}\r\n`,
    'a proxy header': `Proxy-Authorization: Bearer ${good}\r\n`,
    'a cookie': `Cookie: access_token=${good}; Authorization=${good}\r\n`,
    'a header of a gateway': `X-Forwarded-Access-Token: ${good}\r\nX-Authenticated-User: admin\r\nX-Remote-User: admin\r\n`,
    'a client certificate in a header':
      'X-Forwarded-Client-Cert: Subject="CN=admin"\r\nX-SSL-Client-Verify: SUCCESS\r\n',
    'a space before the colon': `Authorization : Bearer ${good}\r\n`,
    'a token with a trailing dot': bearer(`${good}.`),
    'a token with four parts': bearer(`${good}.AAAA`),
    'an encrypted token': bearer(`${good}.AAAA.AAAA`),
    'a token without its signature': bearer(good.slice(0, good.lastIndexOf('.') + 1)),
    'a token of 8 KB': bearer('a'.repeat(8193)),
    'a token of 15 KB': bearer(`${base64('x'.repeat(11_000))}.e30.AAAA`),
    'a token of 1 MB': bearer('a'.repeat(1024 * 1024)),
  };
  for (const [name, headers] of Object.entries(places)) await attempt(name, write(headers));
  for (const parameter of ['access_token', 'token', 'Authorization']) {
    await attempt(`a token in the query as ${parameter}`, write('', `/v1/items/x?${parameter}=${good}`), [401]);
  }
  const form = `access_token=${good}`;
  const length = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}`;
  await attempt(
    'a token in the body',
    `PUT /v1/items/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${length}\r\n\r\n${form}`,
    [401],
  );
});

test('no spelling of a protected path or method is public', async () => {
  const targets = [
    ...['/v1/items', '/v1/items/x', '/v1/items?x=1', '/v1/items/x?public', '/v1/items#x', '/v1/items/', '/v1/items//x'],
    ...['//v1/items', '///v1///items', '/v1//items', '/v1/%69tems', '/%76%31/items', '/v1%2fitems', '/v1/items%2fx'],
    ...['/v1/items/..', '/v1/items/../items', '/v1/./items', '/./v1/items', '/v1/items/.', '/healthz/../v1/items'],
    ...['/healthz/%2e%2e/v1/items', '/healthz/..;/v1/items', '/v1/items;x=1', '/v1/items/x;.png', '/V1/ITEMS'],
    ...[
      '/v1/items%00',
      '/v1/items%0d%0a',
      '/v1/items/x%00.json',
      '/v1/items/%2e%2e%2fx',
      '/v1\\items',
      '/docs/../v1/items',
    ],
    ...[
      'http://x/v1/items',
      'http://evil.example/v1/items',
      'https://x/v1/items/x',
      '*',
      'v1/items',
      '/\u00a0v1/items',
    ],
    ...['/v1/items/%C0%AE', '/v1/items/%', '/openapi.json/../v1/items', '/version/../v1/items/x', '/v1/items/x/..'],
  ];
  const methods = [
    'GET',
    'HEAD',
    'PUT',
    'DELETE',
    'POST',
    'PATCH',
    'OPTIONS',
    'TRACE',
    'QUERY',
    'CONNECT',
    'get',
    'FOO',
  ];
  for (const target of targets) {
    for (const method of methods) await attempt(`${method} ${target}`, write('', target, method));
  }
});

test('headers that override the method or path are ignored', async () => {
  const overrides = [
    ...['X-HTTP-Method-Override: GET', 'X-HTTP-Method: GET', 'X-Method-Override: OPTIONS', '_method: GET'],
    ...[
      'X-Original-URL: /healthz',
      'X-Rewrite-URL: /version',
      'X-Forwarded-Prefix: /healthz',
      'X-Original-Method: GET',
    ],
    ...[
      'X-Forwarded-For: 127.0.0.1',
      'X-Real-IP: 127.0.0.1',
      'Forwarded: for=127.0.0.1',
      'X-Forwarded-Host: localhost',
    ],
    ...['Origin: null', 'Access-Control-Request-Method: PUT', 'Upgrade: h2c', 'Upgrade: websocket', 'Host: localhost'],
  ];
  for (const header of overrides) {
    for (const method of ['PUT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST']) {
      await attempt(`${method} with ${header}`, write(`${header}\r\n`, '/v1/items/x', method));
    }
  }
});

test('tokens with one changed character are rejected', async () => {
  const good = await issuer.forge(claims());
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  // Leaves out the last character: its lowest bits are padding, so changing them may have no effect.
  for (let index = 0; index < good.length - 1; index += 1) {
    const character = good[index] ?? '';
    if (character === '.') continue;
    const other = alphabet[(alphabet.indexOf(character) + 1) % alphabet.length];
    await attempt(`character ${index}`, write(bearer(good.slice(0, index) + other + good.slice(index + 1))), [401]);
  }
});

test('none of these requests was accepted, and none wrote anything', async () => {
  expect(accepted).toEqual([]);
  // template/reliability.md states this number.
  expect(tried).toBeGreaterThan(1300);
  const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
  expect(metrics.match(/^items_writes_total.*$/gm)).toEqual(['items_writes_total{operation="create"} 1']);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  expect(service.lines.filter(({ level }) => ['error', 'fatal'].includes(String(level)))).toEqual([]);
});
