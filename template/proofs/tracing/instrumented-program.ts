/**
 * A program that is assembled like the service and instruments two libraries as a user would: global fetch (undici, an ES
 * module inside Node) and generic-pool (CommonJS, loaded after tracing has started). Requires OTLP_ENDPOINT; prints its port.
 */
import { createRequire } from 'node:module';
import { GenericPoolInstrumentation } from '@opentelemetry/instrumentation-generic-pool';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { createHttpServer } from '../../../pkg/httpserver/server.ts';
import { createLogging } from '../../../pkg/logging/logging.ts';
import { startTracing } from '../../../pkg/tracing/tracing.ts';

const { logger } = await createLogging({ level: 'warn', format: 'json' });
const tracing = await startTracing(
  { endpoint: process.env.OTLP_ENDPOINT ?? '', protocol: 'http/protobuf', sampleRatio: 1 },
  {
    service: { name: 'instrumented', version: '1.0.0', environment: 'test' },
    env: process.env,
    instrumentations: [new UndiciInstrumentation(), new GenericPoolInstrumentation()],
    onExported() {},
    onDropped: (count, reason, error) => logger.error({ count, reason, err: error }, 'dropped'),
  },
);

const { createPool } = createRequire(import.meta.url)('generic-pool');
const pool = createPool({ create: async () => ({}), destroy: async () => {} }, { max: 1 });

const server = createHttpServer(
  { name: 'http', host: '127.0.0.1', port: 0, handlerTimeoutMs: 1000 },
  { logger, tracer: tracing.tracer },
);
server.app.get('/hangs', () => new Promise(() => {}));
server.app.get('/outer', async () => {
  await pool.use(async () => {});
  const inner = await fetch(`http://127.0.0.1:${server.address()?.port}/inner`);
  return inner.json();
});
server.app.get('/inner', async (request) => ({ baggage: request.headers.baggage ?? null }));
await server.listen();
process.stdout.write(`${server.address()?.port}\n`);

process.once('SIGTERM', async () => {
  await server.close();
  await pool.drain();
  await tracing.shutdown(AbortSignal.timeout(2000));
  process.exit(0);
});
