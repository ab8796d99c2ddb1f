import { Writable } from 'node:stream';
import { createHttpServer, type HttpServer } from '../../pkg/httpserver/server.ts';
import type { HttpServerDependencies, HttpServerOptions } from '../../pkg/httpserver/server-options.ts';
import { createAccessLog } from '../../pkg/httpserver/telemetry/access-log.ts';
import { createHttpMetrics } from '../../pkg/httpserver/telemetry/http-metrics.ts';
import { createLogging } from '../../pkg/logging/logging.ts';
import { createMetrics } from '../../pkg/metrics/metrics.ts';

/** An HTTP server whose log and metrics a test can read. */
export interface ObservedServer {
  server: HttpServer;
  lines: Record<string, unknown>[];
  /** Returns the access log lines so far. */
  access(): Record<string, unknown>[];
  metrics(): Promise<string>;
}

/** Creates a server on a free port of the loopback interface, with logger, access log and metrics kept in memory. */
export async function createObservedServer(
  options: Partial<HttpServerOptions> = {},
  dependencies: Partial<HttpServerDependencies> = {},
): Promise<ObservedServer> {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const metrics = createMetrics();
  const { logger, lineWriter } = await createLogging({ level: 'info', format: 'json' }, sink);
  const accessLog = createAccessLog('all', lineWriter('request'));
  const server = createHttpServer(
    { name: 'http', host: '127.0.0.1', port: 0, ...options },
    { logger, metrics: createHttpMetrics(metrics), accessLog, ...dependencies },
  );
  return {
    server,
    lines,
    access: () => lines.filter(({ msg }) => msg === 'request'),
    metrics: async () => (await metrics.expose()).body,
  };
}
