import { SIGNATURE_ALGORITHMS } from '../../pkg/auth/algorithms.ts';
import { GRANT_PATTERN } from '../../pkg/auth/permissions.ts';
import { boolean, list, string, url } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Schema } from '../../pkg/config/schema.ts';

/** Who may do what. None of it comes from the KV store: whoever may write there could let himself in. */
export const authSchema = {
  enabled: {
    doc:
      'Whether routes ask for a bearer token. In production `false` is accepted only from a mounted file, the ' +
      'environment or `--set`, and every start warns.',
    format: boolean(),
    default: false,
    notFrom: ['kv'],
  },
  issuer: {
    doc: 'Who signs the tokens: the value of `iss`, to the letter. Needed when enabled.',
    format: url(),
    notFrom: ['kv'],
  },
  audience: {
    doc: 'For whom the tokens are: a value that `aud` must hold. Needed when enabled.',
    format: string(),
    notFrom: ['kv'],
  },
  jwksUrl: {
    doc:
      'Where the keys of the issuer are fetched from. When enabled, either this or `auth.jwksFile` is needed. ' +
      '`http` only in development and test, or from this machine. Fetched through a proxy with `NODE_USE_ENV_PROXY=1` ' +
      'and `HTTPS_PROXY`.',
    format: url(),
    notFrom: ['kv'],
  },
  jwksFile: {
    doc: 'File with the keys of the issuer, a JSON Web Key Set. Read again when it changes.',
    format: string(),
    notFrom: ['kv'],
  },
  jwksTimeout: {
    doc: 'How long fetching the keys may take.',
    format: duration({ min: '100ms' }),
    default: '5s',
    notFrom: ['kv'],
  },
  jwksMaxAge: {
    doc: 'After how long the keys are fetched again. While that fails the former ones stay in use.',
    format: duration({ min: '1s' }),
    default: '10m',
    notFrom: ['kv'],
  },
  jwksCooldown: {
    doc: 'The least time between two fetches that tokens with unknown keys ask for.',
    format: duration({ min: '1s' }),
    default: '30s',
    notFrom: ['kv'],
  },
  algorithms: {
    doc: 'The signature algorithms that are accepted. `none` and those with a shared secret (`HS256` …) cannot be.',
    format: list({
      of: `algorithms (${SIGNATURE_ALGORITHMS.join(', ')})`,
      accepts: (name) => SIGNATURE_ALGORITHMS.includes(name),
    }),
    default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    notFrom: ['kv'],
  },
  clockTolerance: {
    doc: 'How far the clock of the issuer may be from this one.',
    format: duration({ max: '5m' }),
    default: '30s',
    notFrom: ['kv'],
  },
  rolesClaim: {
    doc:
      'The claim that names the roles: an array of strings; `scope` and `scp` (Microsoft Entra ID) may also be one ' +
      'string with spaces. With dots, one inside another: `realm_access.roles`.',
    format: string(),
    default: 'roles',
    notFrom: ['kv'],
  },
  grants: {
    doc:
      'What each role may do, a `role=permission` each. A route names the permission it needs; the admin listener asks ' +
      'for `admin`.',
    format: list({ of: 'role=permission', accepts: (grant) => GRANT_PATTERN.test(grant) }),
    default: ['admin=admin'],
    notFrom: ['kv'],
  },
} as const satisfies Schema;
