import { DEVELOPMENT_ISSUER } from '../../pkg/auth/development-issuer.ts';
import { GRANT_PATTERN } from '../../pkg/auth/permissions.ts';
import { SIGNATURE_ALGORITHMS } from '../../pkg/auth/usable-key.ts';
import { boolean, list, string, url } from '../../pkg/config/formats.ts';
import { byteSize, duration } from '../../pkg/config/quantities.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom, type Source } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';

/** Authentication and authorization. Never read from the KV store: write access there would grant access here. */
export const authSchema = notFrom(['kv'], {
  enabled: {
    doc:
      'Whether routes require a bearer token. In production, `false` is accepted only from a mounted file, an ' +
      'environment variable or `--set`, and every start logs a warning.',
    format: boolean(),
    default: false,
  },
  issuer: {
    doc:
      'The token issuer. Must equal the `iss` claim exactly. Required when `auth.enabled` is true. Only development ' +
      'and test accept that of `npm run token`, which needs neither `auth.jwksUrl` nor `auth.jwksFile`.',
    format: url(),
  },
  audience: {
    doc: 'The audience that the `aud` claim must contain. Required when `auth.enabled` is true.',
    format: string(),
  },
  jwksUrl: {
    doc:
      "URL of the issuer's key set. When `auth.enabled` is true, either this or `auth.jwksFile` is required. Must be " +
      '`https`, except in development and test and for a loopback address. To fetch it through a proxy, set ' +
      '`NODE_USE_ENV_PROXY=1` and `HTTPS_PROXY`.',
    format: url(),
  },
  jwksFile: {
    doc: "File with the issuer's keys, a JSON Web Key Set. Reloaded when it changes.",
    format: string(),
  },
  jwksTimeout: {
    doc: 'Time limit for fetching the keys.',
    format: duration({ min: '100ms' }),
    default: '5s',
  },
  jwksMaxAge: {
    doc: 'How often the keys are fetched again. While fetching fails, the previous keys stay in use.',
    format: duration({ min: '1s' }),
    default: '10m',
  },
  jwksCooldown: {
    doc: 'Minimum time between two fetches triggered by tokens with an unknown key.',
    format: duration({ min: '1s' }),
    default: '30s',
  },
  algorithms: {
    doc: 'The accepted signature algorithms. `none` and algorithms with a shared secret (`HS256` …) are not supported.',
    format: list({
      of: `algorithms (${SIGNATURE_ALGORITHMS.join(', ')})`,
      accepts: (name) => SIGNATURE_ALGORITHMS.includes(name),
    }),
    default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  },
  clockTolerance: {
    doc: "Maximum difference allowed between the issuer's clock and this machine's.",
    format: duration({ max: '5m' }),
    default: '30s',
  },
  tokenCacheSize: {
    doc:
      'Memory for verified tokens, so that the signature of each is checked only once. A token takes its length and ' +
      'about 500 bytes. When the cache is full, the oldest tokens are dropped.',
    format: byteSize(),
    default: '32MiB',
  },
  rolesClaim: {
    doc:
      'The claim that holds the roles: an array of strings. `scope` and `scp` (Microsoft Entra ID) may also be a ' +
      'single space-separated string. Dots name a nested claim: `realm_access.roles`.',
    format: string(),
    default: 'roles',
  },
  grants: {
    doc:
      'The permissions of each role, as `role=permission` entries. Each route declares the permission it requires; ' +
      'the admin listener requires `admin`.',
    format: list({ of: 'role=permission', accepts: (grant) => GRANT_PATTERN.test(grant) }),
    default: ['admin=admin'],
  },
});

/** The environments on a developer's machine. */
const LOCAL: readonly string[] = ['development', 'test'];

/** The layers that the operator controls, as opposed to the files in the repository. */
const OPERATOR_SOURCES: readonly (Source | undefined)[] = ['mounted', 'env', 'set'];

export const authRules: readonly Rule<ConfigOf<{ auth: typeof authSchema }> & { readonly environment: string }>[] = [
  {
    keys: ['auth.enabled', 'environment'],
    expected: 'true in production; only a mounted file, an environment variable or --set may turn it off',
    holds: ({ auth, environment }, sourceOf) =>
      auth.enabled || environment !== 'production' || OPERATOR_SOURCES.includes(sourceOf('auth.enabled')),
  },
  {
    keys: ['auth.issuer', 'auth.enabled'],
    expected: 'the issuer of the tokens, or SKIFF_AUTH_ENABLED=false to try the service without authentication',
    holds: ({ auth }) => !auth.enabled || auth.issuer !== undefined,
  },
  {
    // Anyone who can read a developer's key can sign its tokens.
    keys: ['auth.issuer', 'environment'],
    expected: 'the issuer of your tokens; only development and test accept that of `npm run token`',
    holds: ({ auth, environment }) => auth.issuer !== DEVELOPMENT_ISSUER || LOCAL.includes(environment),
  },
  {
    keys: ['auth.audience', 'auth.enabled'],
    expected: 'the audience of the tokens when auth.enabled is true',
    holds: ({ auth }) => !auth.enabled || auth.audience !== undefined,
  },
  {
    keys: ['auth.jwksUrl', 'auth.jwksFile', 'auth.enabled'],
    expected: 'exactly one of auth.jwksUrl and auth.jwksFile when auth.enabled is true',
    holds: ({ auth }) =>
      !auth.enabled ||
      auth.issuer === DEVELOPMENT_ISSUER ||
      (auth.jwksUrl === undefined) !== (auth.jwksFile === undefined),
  },
  {
    keys: ['auth.issuer', 'auth.jwksUrl', 'auth.jwksFile'],
    expected: 'the issuer of these keys, not that of `npm run token`',
    holds: ({ auth }) =>
      auth.issuer !== DEVELOPMENT_ISSUER || (auth.jwksUrl === undefined && auth.jwksFile === undefined),
  },
  {
    // Anyone who can impersonate that host can sign tokens.
    keys: ['auth.jwksUrl', 'environment'],
    expected: 'an https URL, except in development and test and for a loopback address',
    holds: ({ auth: { jwksUrl = 'https:' }, environment }) =>
      jwksUrl.startsWith('https:') || isLoopback(jwksUrl) || LOCAL.includes(environment),
  },
];

function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
}
