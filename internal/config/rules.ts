import type { Rule } from '../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import { consulRules } from '../consul/schema.ts';
import { consulStoreRules } from '../flags/stores/consul/rules.ts';
import { authRules } from './auth-schema.ts';
import type { schema } from './schema.ts';
import { tlsRules } from './tls-schema.ts';

/** What must hold between settings, whichever layers they come from. */
export const rules: readonly Rule<ConfigOf<typeof schema>>[] = [
  {
    // A connection opened ahead of its first request is closed by headersTimeout, a used one by keepAliveTimeout; the
    // load balancer's own timeout has been compared with the latter, so the former must not be the shorter one.
    keys: ['http.headersTimeout', 'http.keepAliveTimeout'],
    expected: 'more than http.keepAliveTimeout',
    holds: ({ http }) => http.headersTimeoutMs > http.keepAliveTimeoutMs,
  },
  {
    // Node refuses to create such a server (ERR_OUT_OF_RANGE).
    keys: ['http.requestTimeout', 'http.headersTimeout'],
    expected: 'at least http.headersTimeout',
    holds: ({ http }) => http.requestTimeoutMs >= http.headersTimeoutMs,
  },
  {
    // With less, the largest body would be rejected by http.clientShare though no other is there.
    keys: ['http.bodyMemory', 'http.bodyLimit'],
    expected: '0B, or at least twice http.bodyLimit',
    holds: ({ http }) => http.bodyMemory === 0 || http.bodyMemory >= 2 * http.bodyLimit,
  },
  {
    // EADDRINUSE would say the same, but of a port that this very process has taken.
    keys: ['admin.port', 'http.port', 'admin.host', 'http.host'],
    expected: 'another port than http.port, or hosts that do not overlap',
    holds: ({ http, admin }) => http.port === 0 || http.port !== admin.port || !overlap(http.host, admin.host),
  },
  {
    keys: ['debug.enabled', 'environment'],
    expected: 'false in production',
    holds: ({ debug, environment }) => !debug.enabled || environment !== 'production',
  },
  ...tlsRules,
  ...authRules,
  ...consulRules,
  ...consulStoreRules,
];

function overlap(host: string, other: string): boolean {
  const everywhere = ['0.0.0.0', '::'];
  return host === other || everywhere.includes(host) || everywhere.includes(other);
}
