import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEVELOPMENT_ISSUER, DEVELOPMENT_KEY_SET, openDevelopmentIssuer } from './development-issuer.ts';

const checkout = mkdtempSync(join(tmpdir(), 'development-'));
const before = process.cwd();
beforeAll(() => process.chdir(checkout));
afterAll(() => {
  process.chdir(before);
  rmSync(checkout, { recursive: true });
});

const DIRECTORY = '.cache/development-issuer';

function keys() {
  return createLocalJWKSet(JSON.parse(readFileSync(DEVELOPMENT_KEY_SET, 'utf8')));
}

test('several processes that create the keys at once sign with the same key', async () => {
  const program = `const { openDevelopmentIssuer } = await import(${JSON.stringify(join(import.meta.dirname, 'development-issuer.ts'))});
    process.stdout.write(openDevelopmentIssuer().sign({ sub: 'x' }));`;
  const runs = Array.from({ length: 4 }, () =>
    promisify(execFile)(process.execPath, ['-e', program], { cwd: checkout }),
  );
  for (const { stdout } of await Promise.all(runs)) {
    const { payload } = await jwtVerify(stdout, keys(), { issuer: DEVELOPMENT_ISSUER });
    expect(payload).toEqual({ iss: DEVELOPMENT_ISSUER, sub: 'x' });
  }
  expect(readdirSync(DIRECTORY).sort()).toEqual(['jwks.json', 'private-key.pem']);
});

test('only this user can read the private key, and the key set does not contain it', () => {
  openDevelopmentIssuer();
  expect(statSync(join(DIRECTORY, 'private-key.pem')).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(DEVELOPMENT_KEY_SET, 'utf8')).keys).toEqual([
    { crv: 'Ed25519', kty: 'OKP', x: expect.any(String), kid: 'development', alg: 'EdDSA', use: 'sig' },
  ]);
});

test('an identical key set is not written again, and one of another key is replaced', async () => {
  openDevelopmentIssuer();
  const { mtimeMs } = statSync(DEVELOPMENT_KEY_SET);
  openDevelopmentIssuer();
  expect(statSync(DEVELOPMENT_KEY_SET).mtimeMs).toBe(mtimeMs);

  rmSync(join(DIRECTORY, 'private-key.pem'));
  const token = openDevelopmentIssuer().sign({ sub: 'x' });
  await expect(jwtVerify(token, keys())).resolves.toMatchObject({ payload: { sub: 'x' } });
});
