import { isHostName } from '../../pkg/config/addresses.ts';
import { boolean, list, port, string } from '../../pkg/config/formats.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom, type Schema } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import type { httpSchema } from './http-schema.ts';
import { adminTlsSchema } from './tls-schema.ts';

/** The admin listener. */
export const adminSchema = {
  host: {
    doc:
      'Address of the admin listener, which serves probes, metrics and `/config`. Never expose it to the internet. ' +
      'Takes the same values as `http.host`.',
    format: string(),
    default: '::',
  },
  port: { doc: 'Port of the admin listener. `0` picks a free port.', format: port(), default: 9091 },
  allowedHosts: {
    doc:
      'Host names accepted in the `Host` header of requests for `/config`, `/loglevel` and `/debug/*` while ' +
      '`auth.enabled` is false, in addition to `localhost` and the loopback addresses. Such requests are accepted ' +
      'only from this machine.',
    format: list({ of: 'host names or addresses without a port', accepts: isHostName }),
    default: [],
    notFrom: ['kv'],
  },
  tls: adminTlsSchema,
} as const satisfies Schema;

/** Endpoints of the admin listener for debugging the process. */
export const debugSchema = notFrom(['kv'], {
  enabled: {
    doc:
      'Whether the admin listener serves heap snapshots at `/debug/heap`. A heap snapshot contains every secret of ' +
      'the process, so `true` is rejected in production. Profiles need no setting.',
    format: boolean(),
    default: false,
  },
  snapshotDir: {
    doc:
      'Directory where `POST /debug/heap-snapshot` writes heap snapshots, in production too. Mount a volume there ' +
      'that only operators can read. When it is not set, the endpoint does not exist.',
    format: string(),
  },
});

export const adminRules: readonly Rule<
  ConfigOf<{ admin: typeof adminSchema; http: typeof httpSchema; debug: typeof debugSchema }> & {
    readonly environment: string;
  }
>[] = [
  {
    // Reported here because EADDRINUSE would not show that this process itself holds the port.
    keys: ['admin.port', 'http.port', 'admin.host', 'http.host'],
    expected: 'a port other than http.port, or hosts that do not overlap',
    holds: ({ http, admin }) => http.port === 0 || http.port !== admin.port || !overlap(http.host, admin.host),
  },
  {
    keys: ['debug.enabled', 'environment'],
    expected: 'false in production',
    holds: ({ debug, environment }) => !debug.enabled || environment !== 'production',
  },
];

function overlap(host: string, other: string): boolean {
  const everywhere = ['0.0.0.0', '::'];
  return host === other || everywhere.includes(host) || everywhere.includes(other);
}
