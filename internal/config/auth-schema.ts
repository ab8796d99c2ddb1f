import { SIGNATURE_ALGORITHMS } from '../../pkg/auth/algorithms.ts';
import { GRANT_PATTERN } from '../../pkg/auth/permissions.ts';
import { boolean, list, string, url } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom, type Source } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';

/** Who may do what. None of it comes from the KV store: whoever may write there could let himself in. */
export const authSchema = notFrom(['kv'], {
  enabled: {
    doc:
      'Whether routes ask for a bearer token. In production `false` is accepted only from a mounted file, the ' +
      'environment or `--set`, and every start warns.',
    format: boolean(),
    default: false,
  },
  issuer: {
    doc: 'Who signs the tokens: the value of `iss`, to the letter. Needed when enabled.',
    format: url(),
  },
  audience: {
    doc: 'For whom the tokens are: a value that `aud` must hold. Needed when enabled.',
    format: string(),
  },
  jwksUrl: {
    doc:
      'Where the keys of the issuer are fetched from. When enabled, either this or `auth.jwksFile` is needed. ' +
      '`http` only in development and test, or from this machine. Fetched through a proxy with `NODE_USE_ENV_PROXY=1` ' +
      'and `HTTPS_PROXY`.',
    format: url(),
  },
  jwksFile: {
    doc: 'File with the keys of the issuer, a JSON Web Key Set. Read again when it changes.',
    format: string(),
  },
  jwksTimeout: {
    doc: 'How long fetching the keys may take.',
    format: duration({ min: '100ms' }),
    default: '5s',
  },
  jwksMaxAge: {
    doc: 'After how long the keys are fetched again. While that fails the former ones stay in use.',
    format: duration({ min: '1s' }),
    default: '10m',
  },
  jwksCooldown: {
    doc: 'The least time between two fetches that tokens with unknown keys ask for.',
    format: duration({ min: '1s' }),
    default: '30s',
  },
  algorithms: {
    doc: 'The signature algorithms that are accepted. `none` and those with a shared secret (`HS256` …) cannot be.',
    format: list({
      of: `algorithms (${SIGNATURE_ALGORITHMS.join(', ')})`,
      accepts: (name) => SIGNATURE_ALGORITHMS.includes(name),
    }),
    default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  },
  clockTolerance: {
    doc: 'How far the clock of the issuer may be from this one.',
    format: duration({ max: '5m' }),
    default: '30s',
  },
  rolesClaim: {
    doc:
      'The claim that names the roles: an array of strings; `scope` and `scp` (Microsoft Entra ID) may also be one ' +
      'string with spaces. With dots, one inside another: `realm_access.roles`.',
    format: string(),
    default: 'roles',
  },
  grants: {
    doc:
      'What each role may do, a `role=permission` each. A route names the permission it needs; the admin listener asks ' +
      'for `admin`.',
    format: list({ of: 'role=permission', accepts: (grant) => GRANT_PATTERN.test(grant) }),
    default: ['admin=admin'],
  },
});

/** The layers of whoever runs the service, as against those of whoever wrote it. */
const OPERATORS: readonly (Source | undefined)[] = ['mounted', 'env', 'set'];

export const authRules: readonly Rule<ConfigOf<{ auth: typeof authSchema }> & { readonly environment: string }>[] = [
  {
    keys: ['auth.enabled', 'environment'],
    expected: 'true in production, where only a mounted file, the environment or --set may say otherwise',
    holds: ({ auth, environment }, sourceOf) =>
      auth.enabled || environment !== 'production' || OPERATORS.includes(sourceOf('auth.enabled')),
  },
  {
    keys: ['auth.issuer', 'auth.enabled'],
    expected: 'the issuer of the tokens when auth.enabled is true',
    holds: ({ auth }) => !auth.enabled || auth.issuer !== undefined,
  },
  {
    keys: ['auth.audience', 'auth.enabled'],
    expected: 'the audience of the tokens when auth.enabled is true',
    holds: ({ auth }) => !auth.enabled || auth.audience !== undefined,
  },
  {
    keys: ['auth.jwksUrl', 'auth.jwksFile', 'auth.enabled'],
    expected: 'exactly one of auth.jwksUrl and auth.jwksFile when auth.enabled is true',
    holds: ({ auth }) => !auth.enabled || (auth.jwksUrl === undefined) !== (auth.jwksFile === undefined),
  },
  {
    // Who can answer for that host can sign tokens.
    keys: ['auth.jwksUrl', 'environment'],
    expected: 'https, except in development and test and for this machine',
    holds: ({ auth: { jwksUrl = 'https:' }, environment }) =>
      jwksUrl.startsWith('https:') || isLocal(jwksUrl) || ['development', 'test'].includes(environment),
  },
];

function isLocal(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
}
