import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { createFileKeys } from './file-keys.ts';
import { createTokenVerifier, type TokenVerifierOptions } from './token-verifier.ts';

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const KEY_SET = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' }] });

async function verifierOf(options: Partial<TokenVerifierOptions> = {}) {
  const path = join(temporaryFiles({ 'keys.json': KEY_SET }), 'keys.json');
  const rejections: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => rejections.push(line) });
  const keys = createFileKeys({ path, settleMs: 20 }, { logger });
  await keys.start();
  onTestFinished(keys.stop);
  const { verify } = createTokenVerifier(
    {
      ...{ issuer: 'https://id', audience: 'api', algorithms: ['ES256'], clockToleranceMs: 0 },
      ...{ rolesClaim: 'roles', grants: ['editor=items:read', 'editor=items:write', 'reader=items:read'] },
      ...options,
    },
    keys,
  );
  return { verify, replaceKeys: (text: string) => writeFileSync(path, text), keys, rejections };
}

function sign(claims: object = {}, lifetimeS = 60): Promise<string> {
  return new SignJWT({ iss: 'https://id', aud: 'api', sub: 'ada', jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'a' })
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetimeS)
    .sign(privateKey);
}

const isCached = (result: unknown) => !(result instanceof Promise);

test('roles are mapped to permissions', async () => {
  const { verify } = await verifierOf();
  expect(await verify(await sign({ roles: ['editor', 'stranger'] }))).toEqual({
    subject: 'ada',
    permissions: new Set(['items:read', 'items:write']),
  });
});

test.each([
  ['realm_access.roles', { realm_access: { roles: ['reader'] } }],
  ['https://example.com/roles', { 'https://example.com/roles': ['reader'] }],
  ['scope', { scope: 'openid reader' }],
  ['scope', { scope: ['openid', 'reader'] }],
  ['scp', { scp: 'openid  reader' }],
  ['scp', { scp: ['openid', 'reader'] }],
])('roles are found in %s', async (rolesClaim, claims) => {
  const { verify } = await verifierOf({ rolesClaim });
  expect((await verify(await sign(claims))).permissions).toEqual(new Set(['items:read']));
});

test('a verified token is cached until it expires and no longer', async () => {
  const { verify } = await verifierOf();
  const token = await sign({}, 2);
  await verify(token);
  expect(isCached(verify(token))).toBe(true);
  const outcome = () => Promise.resolve(verify(token)).then(({ subject }) => subject, String);
  await expect.poll(outcome).toBe('TokenError: token rejected: expired');
});

test('the size of the cache is limited', async () => {
  const { verify } = await verifierOf({ tokenCacheSize: 2_000 });
  const tokens = await Promise.all([sign(), sign(), sign()]);
  for (const token of tokens) await verify(token);
  expect(tokens.map((token) => isCached(verify(token)))).toEqual([false, true, true]);
});

test('new keys invalidate cached tokens; a rejected key set does not', async () => {
  const { verify, replaceKeys, keys, rejections } = await verifierOf();
  const token = await sign();
  await verify(token);
  for (const [index, broken] of ['{"keys":[]}', 'broken'].entries()) {
    replaceKeys(broken);
    await expect.poll(() => rejections).toHaveLength(index + 1);
  }
  const other = await generateKeyPair('ES256', { extractable: true });
  expect(isCached(verify(token))).toBe(true);
  replaceKeys(JSON.stringify({ keys: [{ ...(await exportJWK(other.publicKey)), kid: 'b', alg: 'ES256' }] }));
  await expect.poll(() => keys.generation).toBe(2);
  await expect(Promise.resolve(verify(token))).rejects.toThrow('token rejected: key');
});

test('algorithms that are not asymmetric signatures are ignored even if configured', async () => {
  const { verify } = await verifierOf({ algorithms: ['HS256', 'none'] });
  await expect(Promise.resolve(verify(await sign()))).rejects.toThrow('token rejected: algorithm');
});
