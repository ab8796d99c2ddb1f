import packageJson from '../../package.json' with { type: 'json' };
import { isAddressRange } from '../../pkg/config/address-range.ts';
import { boolean, integer, list, oneOf, port, positiveRatio, ratio, string } from '../../pkg/config/formats.ts';
import { isHostName } from '../../pkg/config/host-name.ts';
import { isOrigin } from '../../pkg/config/origin.ts';
import { byteSize, duration } from '../../pkg/config/quantities.ts';
import { notFrom, type Schema } from '../../pkg/config/schema.ts';
import { consulSchema } from '../consul/schema.ts';
import { flagsSchema } from '../flags/schema.ts';
import { authSchema } from './auth-schema.ts';
import { logSchema, tracingSchema } from './telemetry-schema.ts';
import { adminTlsSchema, httpTlsSchema } from './tls-schema.ts';

/** Every setting of this service. Operators depend on the keys: renaming one is a breaking change. */
export const schema = {
  environment: {
    doc:
      'Where the service runs; selects `<environment>.yaml`. When it is not set, `NODE_ENV=production` means ' +
      '`production`.',
    format: oneOf('development', 'staging', 'production', 'test'),
    default: 'development',
    // It selects one of the repository's files, so those files cannot set it.
    notFrom: ['repository', 'kv'],
  },
  service: notFrom(['kv'], {
    name: {
      doc: 'The name of the service in logs, metrics and traces.',
      format: string(),
      default: packageJson.name,
      defaultFrom: 'package.json',
    },
    version: {
      doc: 'The version that the service reports.',
      format: string(),
      default: packageJson.version,
      defaultFrom: 'package.json',
    },
    revision: {
      doc: 'The commit that the service was built from. Set by the image.',
      format: string(),
      default: 'unknown',
    },
  }),
  http: {
    host: {
      doc:
        'Address of the public listener. `::` listens on all IPv6 and IPv4 addresses, or on all IPv4 addresses if ' +
        'the machine has no IPv6; `0.0.0.0` listens on all IPv4 addresses.',
      format: string(),
      default: '::',
    },
    port: { doc: 'Port of the public listener. `0` picks a free port.', format: port(), default: 8080 },
    trustProxy: {
      doc:
        'The proxies whose `X-Forwarded-*` headers are trusted. If empty, none are: behind a load balancer, every ' +
        "client then appears with the load balancer's address. A range of `/0` is rejected.",
      format: list({ of: 'IP addresses or CIDR ranges', accepts: isAddressRange }),
      default: [],
    },
    keepAliveTimeout: {
      doc:
        'How long an idle connection is kept open for the next request. Must exceed the idle timeout of the load ' +
        'balancer (often 60 s); otherwise the load balancer may send a request just as the connection closes.',
      format: duration({ min: '1s' }),
      default: '65s',
    },
    headersTimeout: {
      doc:
        'How long a client may take to send the request headers; on a new connection, counted from when it was ' +
        'opened. Must exceed `http.keepAliveTimeout`.',
      format: duration({ min: '1s' }),
      default: '70s',
    },
    requestTimeout: {
      doc:
        'How long a client may take to send the whole request, including the body. At least `http.headersTimeout`. ' +
        'Cannot be disabled: a client that never finishes its request would hold its connection indefinitely.',
      format: duration({ min: '1s' }),
      default: '2m',
    },
    handlerTimeout: {
      doc:
        'How long a request may take from its headers to its response, including reading the body; 503 after that. ' +
        '`0s` disables the limit.',
      format: duration(),
      default: '10s',
    },
    bodyLimit: {
      doc: 'Maximum size of a request body; 413 above it.',
      format: byteSize({ min: '1B' }),
      default: '1MiB',
    },
    bodyMemory: {
      doc:
        'Maximum memory that the bodies of all requests together may use; 503 above it. At least twice ' +
        '`http.bodyLimit`. `0B` uses one sixteenth of the memory limit, but at most a quarter of the heap limit and ' +
        'at least twice `http.bodyLimit`.',
      format: byteSize(),
      default: '0B',
    },
    minDataRate: {
      doc:
        'Minimum bytes per second at which a client must send its request body (below it, 408 after five seconds) ' +
        'and read a response that is ready for it (below it, the connection is closed after `http.writeTimeout`). ' +
        '`0B` disables the limit.',
      format: byteSize(),
      default: '1KiB',
    },
    writeTimeout: {
      doc:
        'How long a client may take to read response data that is ready for it before `http.minDataRate` applies. A ' +
        'client that reads nothing in that time has its connection closed. A stream with nothing to send is not ' +
        'affected. `0s` disables the limit.',
      format: duration(),
      default: '30s',
    },
    maxConnections: {
      doc:
        'Maximum number of open connections; further ones are closed immediately. Each uses a file descriptor. `0` ' +
        'disables the limit.',
      format: integer({ min: 0 }),
      default: 10_000,
    },
    maxConnectionAge: {
      doc:
        'How long a keep-alive connection is used, ±20 %. The next response then carries `Connection: close`; no ' +
        'request is lost. Without a limit, clients with long-lived connections send nothing to new instances when ' +
        'the service scales out. `0s` disables the limit.',
      format: duration(),
      default: '2m',
    },
    maxConnectionRequests: {
      doc:
        'Maximum number of requests per connection; the last response carries `Connection: close`. `0` disables the ' +
        'limit.',
      format: integer({ min: 0 }),
      default: 0,
    },
    maxConcurrent: {
      doc:
        'Maximum number of requests served concurrently, not counting probes; further ones are rejected with 503 ' +
        'immediately. In addition, half as many requests may be sending their bodies, and as many responses may be ' +
        'waiting for their clients to read them. `0` disables the limit.',
      format: integer({ min: 0 }),
      default: 1000,
    },
    clientShare: {
      doc:
        'Maximum fraction of `http.maxConcurrent` and `http.bodyMemory` that one client address (for IPv6, one /64 ' +
        'network) may use while no other client uses any; 503 above it. Clients that want more share equally, and ' +
        'some capacity always remains for a new client. Behind a load balancer without `http.trustProxy`, all ' +
        'clients count as one. `1` disables the limit.',
      format: positiveRatio(),
      default: 0.8,
    },
    cors: {
      origins: {
        doc:
          'The origins, such as `https://app.example.com`, whose pages may call the service from a browser. If ' +
          'empty, none may. There is no wildcard.',
        format: list({ of: 'origins', accepts: isOrigin }),
        default: [],
      },
    },
    tls: httpTlsSchema,
  },
  overload: {
    eventLoopDelay: {
      doc:
        'Maximum duration of an event loop turn, and so of a probe, under overload. Once turns have been longer for ' +
        'a quarter of a second, requests beyond that time within a turn are rejected with 503. Must exceed the ' +
        'longest time that a single request computes without yielding. `0s` disables the limit.',
      format: duration(),
      default: '50ms',
    },
    heapUsedRatio: {
      doc:
        "Fraction of V8's heap limit (`--max-old-space-size`) above which requests are served one at a time and the " +
        'others are rejected with 503. `0` disables the limit.',
      format: ratio(),
      default: 0.95,
    },
    rssRatio: {
      doc:
        "The same for resident memory, as a fraction of the container's memory limit. Has no effect if the container " +
        'has no memory limit.',
      format: ratio(),
      default: 0.95,
    },
  },
  rateLimit: {
    max: {
      doc:
        'Maximum number of requests that one client address (for IPv6, one /64 network) may send to this instance ' +
        'per window, not counting probes; 429 above it. Behind a load balancer, set `http.trustProxy` too. `0` ' +
        'disables the limit.',
      format: integer({ min: 0 }),
      default: 0,
      reloadable: true,
    },
    window: {
      doc: 'Length of the sliding window of `rateLimit.max`. Changing it resets the counts.',
      format: duration({ min: '1s' }),
      default: '1m',
      reloadable: true,
    },
  },
  admin: {
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
  },
  auth: authSchema,
  log: logSchema,
  tracing: tracingSchema,
  debug: notFrom(['kv'], {
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
  }),
  consul: consulSchema,
  flags: flagsSchema,
  lifecycle: {
    drainDelay: {
      doc:
        'After a stop signal, how long the service keeps serving while readiness returns 503, so that load balancers ' +
        'notice. Leave it at `0s` outside Kubernetes, where nothing watches readiness.',
      format: duration(),
      default: '0s',
    },
    shutdownTimeout: {
      doc: 'After the drain delay, how long requests in flight and open stores may take to finish. `0s` cuts them off.',
      format: duration(),
      default: '5s',
    },
    flushTimeout: {
      doc: 'How long flushing the last logs and spans may take. `0s` does not wait.',
      format: duration(),
      default: '1s',
    },
  },
} as const satisfies Schema;
