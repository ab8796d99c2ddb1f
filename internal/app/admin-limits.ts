import type { HttpServerOptions } from '../../pkg/httpserver/server-options.ts';
import type { Config } from '../config/config.ts';
import { DEBUG_HANDLER_TIMEOUT_MS } from './debug-routes.ts';

/**
 * What the admin listener allows its clients. Its bodies have tens of bytes and its clients are few and close by, so
 * nothing here needs a setting. Probes and scrapes count against no limit but that of connections, and a new connection
 * is always accepted: the oldest one is closed for it.
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
