import { isAddressRange, isOrigin } from '../../pkg/config/addresses.ts';
import { boolean, integer, list, port, positiveRatio, ratio, string } from '../../pkg/config/formats.ts';
import { byteSize, duration } from '../../pkg/config/quantities.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import type { Schema } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import { httpTlsSchema } from './tls-schema.ts';

/** The public listener. */
export const httpSchema = {
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
  gatherWrites: {
    doc:
      'Writes the responses of one event loop turn together, which saves about a seventh of the CPU time at full load, ' +
      'and more with pipelining.',
    format: boolean(),
    default: true,
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
} as const satisfies Schema;

/** When the public listener rejects requests to protect the process. */
export const overloadSchema = {
  eventLoopDelay: {
    doc:
      'Maximum duration of an event loop turn, and so of a probe, under overload. Once turns of more than 16 ' +
      'requests have been longer for a quarter of a second, requests beyond that time within a turn are rejected ' +
      'with 503. Must exceed the longest time that a single request computes without yielding. `0s` disables the ' +
      'limit.',
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
} as const satisfies Schema;

/** Requests per client. */
export const rateLimitSchema = {
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
} as const satisfies Schema;

export const httpRules: readonly Rule<ConfigOf<{ http: typeof httpSchema }>>[] = [
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
];
