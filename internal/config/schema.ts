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

/** Every setting of this service. The keys are its interface to its operators: renaming one breaks them. */
export const schema = {
  environment: {
    doc: 'Where the service runs; picks `<environment>.yaml`. Unset, `NODE_ENV=production` means `production`.',
    format: oneOf('development', 'staging', 'production', 'test'),
    default: 'development',
    // It picks one of the repository's files, so it cannot stand in them.
    notFrom: ['repository', 'kv'],
  },
  service: notFrom(['kv'], {
    name: {
      doc: 'The name under which the service is known in logs, metrics and traces.',
      format: string(),
      default: packageJson.name,
      defaultFrom: 'package.json',
    },
    version: {
      doc: 'The version it reports of itself.',
      format: string(),
      default: packageJson.version,
      defaultFrom: 'package.json',
    },
    revision: {
      doc: 'The commit it was built from; the image sets it.',
      format: string(),
      default: 'unknown',
    },
  }),
  http: {
    host: {
      doc:
        'Address of the public listener. `::` is every address of the machine, IPv6 and IPv4, or every IPv4 address ' +
        'where there is no IPv6; `0.0.0.0` is every IPv4 address.',
      format: string(),
      default: '::',
    },
    port: { doc: 'Port of the public listener. `0` takes any free one.', format: port(), default: 8080 },
    trustProxy: {
      doc:
        'The proxies whose `X-Forwarded-*` headers are believed. Empty believes nobody: behind a load balancer every ' +
        'client then has its address. A range of `/0` is refused.',
      format: list({ of: 'IP addresses or CIDR ranges', accepts: isAddressRange }),
      default: [],
    },
    keepAliveTimeout: {
      doc:
        'How long an idle connection is kept for the next request. Keep it above the idle timeout of the load ' +
        'balancer (often 60 s), or that one sends a request just as the connection closes.',
      format: duration({ min: '1s' }),
      default: '65s',
    },
    headersTimeout: {
      doc:
        'How long a client may take to send the headers, counted on a new connection from its opening. Must exceed ' +
        '`http.keepAliveTimeout`.',
      format: duration({ min: '1s' }),
      default: '70s',
    },
    requestTimeout: {
      doc:
        'How long a client may take to send the whole request, body included. At least `http.headersTimeout`. ' +
        'Cannot be turned off: a client that never ends would hold its connection for ever.',
      format: duration({ min: '1s' }),
      default: '2m',
    },
    handlerTimeout: {
      doc:
        'How long a request may take from its headers to its answer, reading the body included; 503 after that. ' +
        '`0s` turns it off.',
      format: duration(),
      default: '10s',
    },
    bodyLimit: { doc: 'The largest request body; 413 above it.', format: byteSize({ min: '1B' }), default: '1MiB' },
    bodyMemory: {
      doc:
        'How much memory the bodies of all requests may take together; 503 above it. At least twice ' +
        '`http.bodyLimit`. `0B` takes a sixteenth of the memory limit, but at most a quarter of the heap limit and at ' +
        'least twice `http.bodyLimit`.',
      format: byteSize(),
      default: '0B',
    },
    minDataRate: {
      doc:
        'How many bytes per second a client must send of its request body (408 below it, after five seconds) and read ' +
        'of a response that waits for it (its connection is closed below it, after `http.writeTimeout`). `0B` is no ' +
        'limit.',
      format: byteSize(),
      default: '1KiB',
    },
    writeTimeout: {
      doc:
        'How long a client may take to read what is ready for it before `http.minDataRate` counts; its connection is ' +
        'closed when it reads nothing in that time. A stream with nothing to send is not affected. `0s` turns it off.',
      format: duration(),
      default: '30s',
    },
    maxConnections: {
      doc:
        'How many connections are open at once; one more is closed at once. Each takes a file descriptor. ' +
        '`0` is no limit.',
      format: integer({ min: 0 }),
      default: 10_000,
    },
    maxConnectionAge: {
      doc:
        'How long a kept connection is used, give or take a fifth; the response after that carries ' +
        '`Connection: close`, and no request is lost. Clients that keep their connections otherwise send nothing to new ' +
        'instances when the service scales out. `0s` turns it off.',
      format: duration(),
      default: '2m',
    },
    maxConnectionRequests: {
      doc: 'How many requests are served on one connection; the last response carries `Connection: close`. `0` is no limit.',
      format: integer({ min: 0 }),
      default: 0,
    },
    maxConcurrent: {
      doc:
        'How many requests are served at once, probes apart; one more is rejected with 503 at once. Half as many ' +
        'again may be sending their bodies, and as many again may have responses that their clients are reading. `0` ' +
        'is no limit.',
      format: integer({ min: 0 }),
      default: 1000,
    },
    clientShare: {
      doc:
        'The part of `http.maxConcurrent` and `http.bodyMemory` that one client address (of IPv6, one /64 network) may ' +
        'take when no other client takes any; 503 above it. Clients that want more share equally, and some is always ' +
        'left for another one. Behind a load balancer without `http.trustProxy`, all clients count as one. `1` is no ' +
        'limit.',
      format: positiveRatio(),
      default: 0.8,
    },
    cors: {
      origins: {
        doc:
          'The origins, such as `https://app.example.com`, whose pages may call the service from a browser. Empty ' +
          'allows none; there is no wildcard.',
        format: list({ of: 'origins', accepts: isOrigin }),
        default: [],
      },
    },
    tls: httpTlsSchema,
  },
  overload: {
    eventLoopDelay: {
      doc:
        'How long a turn of the event loop, hence a probe, may take under overload: when turns have been longer for ' +
        'a quarter of a second, what comes later in one is answered 503. Above the longest time that one request ' +
        'computes without a pause. `0s` turns it off.',
      format: duration(),
      default: '50ms',
    },
    heapUsedRatio: {
      doc:
        "Part of V8's heap limit (`--max-old-space-size`) in use, above which requests are served one at a time and " +
        'the others answered 503. `0` turns it off.',
      format: ratio(),
      default: 0.95,
    },
    rssRatio: {
      doc: "The same for resident memory and the container's memory limit; without such a limit it does nothing.",
      format: ratio(),
      default: 0.95,
    },
  },
  rateLimit: {
    max: {
      doc:
        'Requests that one client address (of IPv6, one /64 network) may send in a window to this instance, probes ' +
        'apart; 429 above it. Behind a load balancer it needs `http.trustProxy`. `0` is no limit.',
      format: integer({ min: 0 }),
      default: 0,
      reloadable: true,
    },
    window: {
      doc: 'The length of that window, which slides. Another length forgets what was counted.',
      format: duration({ min: '1s' }),
      default: '1m',
      reloadable: true,
    },
  },
  admin: {
    host: {
      doc: 'Address of the admin listener: probes, metrics, `/config`. Never give it to the internet.',
      format: string(),
      default: '::',
    },
    port: { doc: 'Port of the admin listener. `0` takes any free one.', format: port(), default: 9091 },
    allowedHosts: {
      doc:
        'Host names, besides `localhost` and the loopback addresses, that `Host` may have in requests for `/config`, ' +
        '`/loglevel` and `/debug/*` while `auth.enabled` is false. Such requests are only accepted from this machine.',
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
        'Whether the admin listener serves heap snapshots at `/debug/heap`. A heap holds every secret of the process: ' +
        'rejected in production. Profiles need no setting.',
      format: boolean(),
      default: false,
    },
    snapshotDir: {
      doc:
        'Directory for the heap snapshots that `POST /debug/heap-snapshot` takes, also in production. Mount a volume ' +
        'there that only operators can read. Unset, none are taken.',
      format: string(),
    },
  }),
  consul: consulSchema,
  flags: flagsSchema,
  lifecycle: {
    drainDelay: {
      doc:
        'On a stop signal, how long the service goes on serving after readiness has turned 503, so that load ' +
        'balancers can notice. `0s` outside Kubernetes, where nobody watches readiness.',
      format: duration(),
      default: '0s',
    },
    shutdownTimeout: {
      doc: 'After that, how long requests in flight and open stores get to finish. `0s` cuts them off.',
      format: duration(),
      default: '5s',
    },
    flushTimeout: {
      doc: 'How long writing out the last logs and spans may take. `0s` does not wait.',
      format: duration(),
      default: '1s',
    },
  },
} as const satisfies Schema;
