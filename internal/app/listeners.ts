import type { HttpServerOptions } from '../../pkg/httpserver/server-options.ts';
import { createServerTls, type ServerTls, type ServerTlsDependencies } from '../../pkg/tls/server-tls.ts';
import type { Config } from '../config/config.ts';
import { DEBUG_HANDLER_TIMEOUT_MS } from './debug-routes.ts';

/**
 * Returns the options of the admin listener. Its request bodies are tens of bytes, and its few clients are in the same
 * network, so none of its limits needs a setting. Probes and scrapes are subject only to the connection limit, and a
 * new connection is always accepted: at the limit, the oldest one is closed.
 */
export function adminServerOptions({ admin, debug }: Config): HttpServerOptions {
  return {
    ...admin,
    name: 'admin',
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 15_000,
    handlerTimeoutMs: debug.enabled ? DEBUG_HANDLER_TIMEOUT_MS : 10_000,
    writeTimeoutMs: 10_000,
    bodyLimit: 4096,
    bodyMemory: 64 * 1024,
    maxConcurrent: 16,
    maxConnections: 256,
    closeOverLimit: 'oldest',
  };
}

interface ListenerTlsConfig {
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly clientCaFile?: string;
  readonly clientAuth?: 'none' | 'request' | 'require';
}

/** Creates the TLS of a listener, or returns undefined if the configuration names no certificate. */
export function listenerTls(
  listener: string,
  { certFile, keyFile, ...client }: ListenerTlsConfig,
  dependencies: ServerTlsDependencies,
): ServerTls | undefined {
  if (certFile === undefined || keyFile === undefined) return undefined;
  return createServerTls({ listener, certFile, keyFile, ...client }, dependencies);
}
