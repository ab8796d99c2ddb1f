import { generateKeyPairSync, sign } from 'node:crypto';
import { createTestAuthority } from '../../../../test/support/test-authority.ts';
import type { Cluster } from './cluster.ts';
import { apply, NODE, toolPod } from './pods.ts';

const NAME = 'issuer';
const AUDIENCE = 'skiff';
const DAY_S = 86_400;

/** Serves its own key set over HTTPS on port 443. */
const SERVER = `
  import { readFileSync } from 'node:fs';
  import { createServer } from 'node:https';
  const read = (name) => readFileSync('/load/' + name);
  createServer({ cert: read('tls.crt'), key: read('tls.key') }, (_, response) => {
    response.setHeader('content-type', 'application/json').end(read('jwks.json'));
  }).listen(443);`;

/** A minimal OpenID issuer in the cluster, for a service that verifies tokens. */
export interface Issuer {
  /** Settings under `auth`. */
  readonly auth: {
    readonly enabled: true;
    readonly issuer: string;
    readonly audience: string;
    readonly jwksUrl: string;
  };
  /** Name of the Secret that contains the CA of the issuer's certificate as `ca.crt`. */
  readonly secret: string;
  token(roles: readonly string[]): string;
}

export async function startIssuer(cluster: Cluster): Promise<Issuer> {
  const host = `${NAME}.${cluster.namespace}.svc`;
  const authority = await createTestAuthority();
  const { cert, key } = await authority.issue(`CN=${NAME}`, { dnsNames: [host] });
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: NAME, alg: 'ES256', use: 'sig' };
  const data = { 'server.mjs': SERVER, 'tls.crt': cert, 'tls.key': key, 'jwks.json': JSON.stringify({ keys: [jwk] }) };
  const selector = { 'app.kubernetes.io/name': NAME };
  await apply(
    cluster,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME }, data },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${NAME}-ca` }, stringData: { 'ca.crt': authority.cert } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: NAME }, spec: { selector, ports: [{ port: 443 }] } },
    toolPod({ name: NAME, image: cluster.image, command: [NODE, '/load/server.mjs'], program: NAME }),
  );
  await cluster.kubectl(['wait', `pod/${NAME}`, '--for=condition=Ready', '--timeout=60s']);
  const issuer = `https://${host}`;
  return {
    auth: { enabled: true, issuer, audience: AUDIENCE, jwksUrl: `${issuer}/jwks.json` },
    secret: `${NAME}-ca`,
    token(roles) {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, aud: AUDIENCE, sub: 'test', iat: now, exp: now + DAY_S, roles };
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const signed = `${part({ alg: 'ES256', kid: NAME, typ: 'JWT' })}.${part(claims)}`;
      const signature = sign('sha256', Buffer.from(signed), { key: keys.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signed}.${signature.toString('base64url')}`;
    },
  };
}
