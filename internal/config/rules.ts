import type { Rule } from '../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import { consulRules } from '../consul/schema.ts';
import { consulStoreRules } from '../flags/stores/consul/rules.ts';
import { authRules } from './auth-schema.ts';
import type { schema } from './schema.ts';
import { tlsRules } from './tls-schema.ts';

/** Constraints between settings, whichever layers they come from. */
export const rules: readonly Rule<ConfigOf<typeof schema>>[] = [
  {
    // headersTimeout closes a connection that has not sent its first request yet; keepAliveTimeout closes one that has.
    // Operators compare only keepAliveTimeout with the load balancer's idle timeout, so headersTimeout must be longer.
    keys: ['http.headersTimeout', 'http.keepAliveTimeout'],
    expected: 'more than http.keepAliveTimeout',
    holds: ({ http }) => http.headersTimeoutMs > http.keepAliveTimeoutMs,
  },
  {
    // Otherwise Node fails to create the server (ERR_OUT_OF_RANGE).
    keys: ['http.requestTimeout', 'http.headersTimeout'],
    expected: 'at least http.headersTimeout',
    holds: ({ http }) => http.requestTimeoutMs >= http.headersTimeoutMs,
  },
  {
    // With less, http.clientShare would reject the largest allowed body even when it is the only one.
    keys: ['http.bodyMemory', 'http.bodyLimit'],
    expected: '0B, or at least twice http.bodyLimit',
    holds: ({ http }) => http.bodyMemory === 0 || http.bodyMemory >= 2 * http.bodyLimit,
  },
  {
    // Reported here because EADDRINUSE would not tell that this process itself holds the port.
    keys: ['admin.port', 'http.port', 'admin.host', 'http.host'],
    expected: 'a port other than http.port, or hosts that do not overlap',
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
