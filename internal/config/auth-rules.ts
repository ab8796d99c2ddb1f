import type { Rule } from '../../pkg/config/resolve.ts';
import type { Source } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import type { schema } from './schema.ts';

/** The layers of whoever runs the service, as against those of whoever wrote it. */
const OPERATORS: readonly (Source | undefined)[] = ['mounted', 'env', 'set'];

export const authRules: readonly Rule<ConfigOf<typeof schema>>[] = [
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
