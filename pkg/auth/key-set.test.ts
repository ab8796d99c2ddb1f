import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logIgnoredKeys, parseKeySet } from './key-set.ts';

const good = await generateKeyPair('RS256', { extractable: true });
const GOOD = { ...(await exportJWK(good.publicKey)), kid: 'good', alg: 'RS256', use: 'sig' };
const ELLIPTIC = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey);
const publicJwk = (key: { publicKey: { export(options: { format: 'jwk' }): object } }) =>
  key.publicKey.export({ format: 'jwk' });
const WEAK = publicJwk(generateKeyPairSync('rsa', { modulusLength: 1024 }));
const KOBLITZ = publicJwk(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }));
const ED448 = publicJwk(generateKeyPairSync('ed448'));
const AGREEMENT = publicJwk(generateKeyPairSync('x25519'));

const FAULTY: [what: string, key: unknown, reason: RegExp][] = [
  ['a short RSA key', WEAK, /1024 bits/],
  ['a short RSA key with an algorithm', { ...WEAK, alg: 'RS256' }, /1024 bits/],
  ['an exponent of 1', { ...GOOD, e: 'AQ' }, /exponent|malformed/],
  ['a curve that is not supported', KOBLITZ, /secp256k1/],
  ['Ed448', ED448, /Ed448/],
  ['a key for key agreement', AGREEMENT, /X25519/],
  ['a point that is not on the curve', { ...ELLIPTIC, x: ELLIPTIC.y, y: ELLIPTIC.x }, /malformed/],
  ['a missing member', { kty: 'RSA', e: 'AQAB' }, /malformed/],
  ['a member of the wrong type', { ...GOOD, n: 1 }, /malformed/],
  ['an algorithm for another key type', { ...ELLIPTIC, alg: 'RS256' }, /"RS256" does not match/],
  ['an algorithm for another curve', { ...ELLIPTIC, alg: 'ES384' }, /"ES384" does not match/],
  ['an unknown type', { kty: 'AKP', alg: 'ES256' }, /"AKP"/],
  ['a type named like an inherited property', { kty: '__proto__' }, /"__proto__"/],
  ['a key without a type', {}, /not supported/],
  ['a shared secret', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }, /private or shared/],
  ['a private key', { ...(await exportJWK(good.privateKey)), kid: 'x' }, /private or shared/],
  ['a number', 7, /not an object/],
  ['null', null, /not an object/],
  ['an array', [], /not an object/],
  ['a kid that is not a string', { ...GOOD, kid: 7 }, /kid/],
  ['a repeated operation', { ...GOOD, kid: 'x', key_ops: ['verify', 'verify'] }, /key_ops/],
  ['a duplicate kid', { ...WEAK, ...GOOD }, /same kid/],
];

test.each(FAULTY)('%s: the key is ignored with a reason, and the other keys are used', async (_what, key, reason) => {
  const { find, ignored } = parseKeySet(JSON.stringify({ keys: [GOOD, key] }));
  expect(ignored).toEqual([expect.objectContaining({ expected: false, reason: expect.stringMatching(reason) })]);
  await expect(find({ alg: 'RS256', kid: 'good' }, { payload: '', signature: '' })).resolves.toBeDefined();
});

test.each([
  ['use', { ...GOOD, kid: 'x', use: 'enc' }],
  ['algorithm', { ...GOOD, kid: 'x', alg: 'RSA-OAEP' }],
  ['operations', { ...GOOD, kid: 'x', use: undefined, key_ops: ['wrapKey'] }],
])('an encryption key, recognised by its %s, is ignored as expected', (_what, key) => {
  expect(parseKeySet(JSON.stringify({ keys: [GOOD, key] })).ignored).toMatchObject([{ kid: 'x', expected: true }]);
});

test('a set without a usable key throws an error with the reasons and without secrets', () => {
  const keys = [
    { ...WEAK, kid: 'weak' },
    { kty: 'oct', k: 'c2VjcmV0' },
  ];
  expect(() => parseKeySet(JSON.stringify({ keys }))).toThrow(/weak: it has 1024 bits.*a key without kid: it contains/);
  expect(() => parseKeySet(JSON.stringify({ keys }))).not.toThrow('c2VjcmV0');
});

test('keys for every accepted algorithm are used', async () => {
  for (const alg of ['RS256', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const { find, ignored } = parseKeySet(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: alg }] }));
    const token = await new SignJWT({}).setProtectedHeader({ alg, kid: alg }).sign(privateKey);
    expect([ignored, token.split('.').length], alg).toEqual([[], 3]);
    await expect(find({ alg, kid: alg }, { payload: '', signature: '' })).resolves.toBeDefined();
  }
});

test('ignored keys are logged in one line, as a warning only if the issuer has to act', () => {
  const lines: string[] = [];
  const logger = pino({ formatters: { level: (level) => ({ level }) } }, { write: (line) => lines.push(line) });
  const log = (...keys: unknown[]) => {
    lines.length = 0;
    logIgnoredKeys(logger, parseKeySet(JSON.stringify({ keys: [GOOD, ...keys] })).ignored, { url: 'u' });
    return lines.map((line) => JSON.parse(line));
  };
  expect(log()).toEqual([]);
  expect(log({ ...GOOD, use: 'enc' })).toMatchObject([{ level: 'info', msg: 'ignored token keys' }]);
  expect(log({ ...WEAK, kid: 'w' }, { ...GOOD, use: 'enc' })).toMatchObject([
    { level: 'warn', url: 'u', count: 2, keys: [{ kid: 'w', reason: expect.any(String) }, { kid: 'good' }] },
  ]);
});
