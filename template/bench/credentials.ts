import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createTestAuthority } from '../../test/support/test-authority.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'bench';
const KEY = { kid: 'bench', alg: 'EdDSA' };
/** Brings a token to about 1,000 characters, as identity providers issue them. */
const PADDING = 'x'.repeat(560);

/** Files and tokens for rows with authentication and TLS. */
export interface Credentials {
  /** Settings of a service that requires tokens. */
  authSettings: Readonly<Record<string, string>>;
  /** Paths of PEM files. */
  certFile: string;
  keyFile: string;
  /** PEM of the authority that signed the certificate. */
  ca: string;
  /** Creates valid tokens of different callers, who may read and write flags. */
  createTokens(count: number): Promise<string[]>;
  /** Deletes the files. */
  remove(): void;
}

export async function createCredentials(): Promise<Credentials> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const write = (name: string, content: string): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const { privateKey, publicKey } = await generateKeyPair(KEY.alg, { crv: 'Ed25519' });
  const jwk = { ...(await exportJWK(publicKey)), ...KEY, use: 'sig' };
  const authority = await createTestAuthority();
  const { cert, key } = await authority.issue('CN=bench');
  return {
    authSettings: {
      'auth.enabled': 'true',
      'auth.issuer': ISSUER,
      'auth.audience': AUDIENCE,
      'auth.jwksFile': write('jwks.json', JSON.stringify({ keys: [jwk] })),
    },
    certFile: write('cert.pem', cert),
    keyFile: write('key.pem', key),
    ca: authority.cert,
    createTokens: (count) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          new SignJWT({ roles: ['flags-editor'], padding: PADDING })
            .setProtectedHeader(KEY)
            .setIssuer(ISSUER)
            .setAudience(AUDIENCE)
            .setSubject(`caller-${index}`)
            .setIssuedAt()
            .setExpirationTime('12h')
            .sign(privateKey),
        ),
      ),
    remove: () => rmSync(directory, { recursive: true }),
  };
}
