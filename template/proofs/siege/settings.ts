import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageEnvironment } from '../image-environment.ts';

export const ROOT = join(import.meta.dirname, '../../..');
/** Path of the service's production build, relative to {@link ROOT}. */
export const PROGRAM = 'dist/cmd/server/main.js';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'urn:example:siege';

export interface Settings {
  env: NodeJS.ProcessEnv;
  /** A token that may read and write flags. */
  token: string;
}

/**
 * Returns the settings that `production.yaml` requires, with free ports on the loopback interface and the memory options of
 * the image. Writes the keys of a token issuer to `folder`.
 */
export function productionSettings(folder: string): Settings {
  const { jwks, token } = issueToken();
  const jwksFile = join(folder, 'jwks.json');
  writeFileSync(jwksFile, jwks);
  const env = {
    NODE_ENV: 'production',
    ...imageEnvironment(),
    SKIFF_ENVIRONMENT: 'production',
    SKIFF_HTTP_HOST: '127.0.0.1',
    SKIFF_HTTP_PORT: '0',
    SKIFF_ADMIN_HOST: '127.0.0.1',
    SKIFF_ADMIN_PORT: '0',
    SKIFF_AUTH_ISSUER: ISSUER,
    SKIFF_AUTH_AUDIENCE: AUDIENCE,
    SKIFF_AUTH_JWKS_FILE: jwksFile,
    // The default. Other tests use a larger buffer.
    SKIFF_LOG_BUFFER_SIZE: '1MiB',
  };
  return { env, token };
}

function issueToken(): { jwks: string; token: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = { alg: 'ES256', kid: 'siege' };
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'siege', roles: ['flags-editor'], iat: now, exp: now + 86_400 };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const key = { ...publicKey.export({ format: 'jwk' }), ...header, use: 'sig' };
  return { jwks: JSON.stringify({ keys: [key] }), token: `${text}.${signature.toString('base64url')}` };
}
