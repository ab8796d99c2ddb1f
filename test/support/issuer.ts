import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportPKCS8, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

export const AUDIENCE = 'urn:example:items-api';

interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  /** Includes the private key. */
  jwk: JWK;
}

/** An OpenID Provider in this process. Each client is named after the role that its tokens carry. */
export interface Issuer {
  readonly url: string;
  readonly jwksUrl: string;
  /** Requests an access token with the client credentials grant (RFC 6749 §4.4), as a service would. */
  token(role: string, options?: { audience?: string }): Promise<string>;
  /** Signs arbitrary claims with the issuer's own key. */
  forge(claims: object, header?: Partial<JWTHeaderParameters>): Promise<string>;
  readonly publicJwk: JWK;
  readonly privatePem: Promise<string>;
  /** Signs with a new key from now on. With `keepPrevious`, the previous key stays published. */
  rotate(options: { keepPrevious: boolean }): Promise<void>;
  /** Number of requests for the key set. */
  readonly keyRequests: number;
  /** While true, every request gets a 503. */
  unavailable: boolean;
  close(): Promise<void>;
}

const SECRET = 'client-secret-of-the-tests-only-0123456789';

async function createKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = crypto.randomUUID();
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' } };
}

function configure(keys: readonly SigningKey[], roles: readonly string[]): Configuration {
  return {
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    clients: roles.map((role) => ({
      client_id: role,
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    extraTokenClaims: (_context, token) => ({ roles: [token.clientId] }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          scope: '',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
}

export async function startIssuer(roles: readonly string[]): Promise<Issuer> {
  let keys = [await createKey()];
  let handler: ReturnType<Provider['callback']> = () => Promise.resolve();
  let keyRequests = 0;
  let unavailable = false;
  const server = createServer((request, response) => {
    if (request.url === '/jwks') keyRequests += 1;
    if (unavailable) response.writeHead(503).end();
    else void handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const provide = () => {
    handler = new Provider(url, configure(keys, roles)).callback();
  };
  provide();
  const current = () => {
    const [key] = keys;
    if (key === undefined) throw new Error('the issuer has no key');
    return key;
  };

  return {
    url,
    jwksUrl: `${url}/jwks`,
    async token(role, { audience = AUDIENCE } = {}) {
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${role}:${SECRET}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
      });
      const { access_token: token } = JSON.parse(await response.text());
      return String(token);
    },
    forge(claims, header = {}) {
      const { kid, privateKey } = current();
      return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(privateKey);
    },
    get publicJwk() {
      const { kty, n, e, kid, alg } = current().jwk;
      return { kty, n, e, kid, alg } as JWK;
    },
    get privatePem() {
      return exportPKCS8(current().privateKey);
    },
    async rotate({ keepPrevious }) {
      keys = [await createKey(), ...(keepPrevious ? keys.slice(0, 1) : [])];
      provide();
    },
    get keyRequests() {
      return keyRequests;
    },
    get unavailable() {
      return unavailable;
    },
    set unavailable(value) {
      unavailable = value;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
