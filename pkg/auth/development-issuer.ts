import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The issuer of tokens for development. The domain `.invalid` never resolves (RFC 2606 §2). */
export const DEVELOPMENT_ISSUER = 'https://development.invalid';

/** Where its keys are, relative to the root of the checkout, in which npm runs its scripts. Ignored by git. */
const DIRECTORY = '.cache/development-issuer';
/** The key set that verifies its tokens. */
export const DEVELOPMENT_KEY_SET = join(DIRECTORY, 'jwks.json');

const HEADER = { alg: 'EdDSA', typ: 'JWT', kid: 'development' };

export interface DevelopmentIssuer {
  /** Signs claims as a JSON Web Token (RFC 7519). Adds the claim `iss`. */
  sign(claims: object): string;
}

/**
 * Opens the issuer and creates its keys on first use. Only this user can read the private one. Several processes may do
 * so at once: all get the same key.
 */
export function openDevelopmentIssuer(): DevelopmentIssuer {
  mkdirSync(DIRECTORY, { recursive: true });
  const privateKey = createPrivateKey(readOrCreate(join(DIRECTORY, 'private-key.pem')));
  const { kid, alg } = HEADER;
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg, use: 'sig' };
  replace(DEVELOPMENT_KEY_SET, `${JSON.stringify({ keys: [jwk] })}\n`);
  return {
    sign(claims) {
      const signed = `${part(HEADER)}.${part({ iss: DEVELOPMENT_ISSUER, ...claims })}`;
      return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
    },
  };
}

function readOrCreate(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const draft = `${file}.${process.pid}`;
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(draft, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  try {
    // Unlike a rename, this does not replace a key that another process has created in the meantime.
    linkSync(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8');
}

/** Leaves an identical file as it is, since the service reloads a key set that changes. */
function replace(file: string, text: string): void {
  try {
    if (readFileSync(file, 'utf8') === text) return;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
