import type { Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { ServerTls } from '../tls/server-tls.ts';
import type { AccessControl } from './access/access.ts';
import type { CorsOptions } from './access/cors.ts';
import type { OverloadOptions } from './admission/overload.ts';
import type { RateLimit } from './admission/rate-limit.ts';
import type { ListenerOptions } from './connection/listener.ts';
import type { Exchange, Outcome } from './exchange/exchange.ts';
import type { HttpMetrics } from './telemetry/http-metrics.ts';

/** Limits that are not set have the defaults named here. */
export interface HttpServerOptions extends Partial<ListenerOptions> {
  /** Name of the listener in log lines and errors, and of the configuration section with its address. */
  name: string;
  /** `::` is every address, IPv6 and IPv4, or every IPv4 address if there is no IPv6. */
  host: string;
  /** 0 to 65535; 0 lets the operating system choose. */
  port: number;
  /** Addresses or CIDRs of proxies whose `X-Forwarded-For` is trusted. Default: none. */
  trustProxy?: readonly string[];
  /** Time for a handler to respond, in milliseconds; then 503 and `request.signal` aborts, up to a tenth late. 0: no limit. Default: 10 s. */
  handlerTimeoutMs?: number;
  /** Largest body accepted, in bytes. Default: 1 MiB. */
  bodyLimit?: number;
  /** Bytes for all request bodies together; 503 above it. 0, the default: `defaultBodyMemory`. */
  bodyMemory?: number;
  /**
   * Average bytes per second at which a request body must arrive, and a response that fills the connection must be read.
   * 0: no limit. Default: 1 KiB.
   */
  minDataRate?: number;
  /** Time for a client to read pending data before that rate counts, in milliseconds. 0: no limit. Default: 30 s. */
  writeTimeoutMs?: number;
  /** How long a connection is used, in milliseconds; its last response has `Connection: close`. 0: no limit. Default: 0. */
  maxConnectionAgeMs?: number;
  /** Requests served on one connection. 0: no limit. Default: 0. */
  maxConnectionRequests?: number;
  /** Requests served at the same time, except probes; 503 above it. 0: no limit. Default: 0. */
  maxConcurrent?: number;
  /** Share of `maxConcurrent` and `bodyMemory` that a single client may take, above 0. Default: 0.8. */
  clientShare?: number;
  /** When to reject requests other than probes, to protect the rest. Default: never. */
  overload?: OverloadOptions;
  /** Other origins whose pages may call the service. Default: none. */
  cors?: CorsOptions;
}

export interface HttpServerDependencies {
  logger: Logger;
  /** Counts the requests. Default: they are not counted. */
  metrics?: HttpMetrics;
  /** Creates a span for each request. Default: they are not traced. */
  tracer?: Tracer | undefined;
  /** Logs the requests, see `createAccessLog`. Default: they are not logged. */
  accessLog?: (exchange: Exchange, outcome: Outcome) => void;
  /** Limits the requests of each client, except probes. Default: no limit. */
  rateLimit?: RateLimit;
  /** Logs the requests that may change something, see `createAudit`. Default: they are not logged. */
  audit?: (fields: string) => void;
  /** If set, every route must declare who may use it, see `requireDeclaredAccess`. */
  access?: AccessControl;
  /** If set, the listener uses TLS. */
  tls?: ServerTls | undefined;
}

export const DEFAULTS = {
  trustProxy: [],
  keepAliveTimeoutMs: 65_000,
  headersTimeoutMs: 70_000,
  requestTimeoutMs: 120_000,
  handlerTimeoutMs: 10_000,
  bodyLimit: 1024 * 1024,
  bodyMemory: 0,
  minDataRate: 1024,
  writeTimeoutMs: 30_000,
  maxConnections: 0,
  maxConnectionAgeMs: 0,
  maxConnectionRequests: 0,
  closeOverLimit: 'newest' as const,
  gatherWrites: true,
  maxConcurrent: 0,
  clientShare: 0.8,
  cors: { origins: [] },
};
