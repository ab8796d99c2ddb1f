/**
 * A program for load and fault tests: the two listeners of the service, with routes that block the event loop.
 * Usage: `node burner.ts [options of the public listener, as JSON]`.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { createHealth } from '../../../pkg/health/health.ts';
import { addProbes } from '../../../pkg/httpserver/probes.ts';
import { createHttpServer } from '../../../pkg/httpserver/server.ts';
import { createHttpMetrics } from '../../../pkg/httpserver/telemetry/http-metrics.ts';
import { createMetrics } from '../../../pkg/metrics/metrics.ts';
import { collectRuntimeMetrics } from '../../../pkg/metrics/runtime-metrics.ts';

const logger = pino();
const metrics = createMetrics();
collectRuntimeMetrics(metrics);
const health = createHealth({ logger });
const address = { host: '127.0.0.1', port: 0 };
const admin = createHttpServer({ ...address, name: 'admin' }, { logger });
const http = createHttpServer(
  { ...address, name: 'http', ...JSON.parse(process.argv[2] ?? '{}') },
  { logger, metrics: createHttpMetrics(metrics) },
);

/** Blocks the event loop. Uses wall-clock time, so that the capacity does not depend on other load on the machine. */
function burn(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

addProbes(admin.app, health, { detail: true });
admin.app.get('/metrics', { config: { probe: true } }, async () => (await metrics.expose()).body);
addProbes(http.app, health, { detail: false });

http.app.get('/work', async () => {
  burn(10);
  return 'done';
});
// Admitted at once and processed later, as after a database query.
http.app.get('/work-later', async () => {
  await nextTurn();
  burn(10);
  return 'done';
});
http.app.get('/block', async () => {
  burn(5000);
  return 'done';
});

await admin.listen();
await http.listen();
health.markStarted();
process.once('SIGTERM', async () => {
  await Promise.all([http.close(AbortSignal.timeout(1000)), admin.close(AbortSignal.timeout(1000))]);
});
