/**
 * A program for tests of load and faults: the two listeners, built as the service builds them, with routes that are
 * hard on the loop. `node burner.ts [overrides of the public listener's options, as JSON]`.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
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

/** Wall-clock time, so that the load it can carry does not depend on what else the machine does. */
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
// Let in at once and done later, as after a database has answered.
http.app.get('/work-later', async () => {
  await turnOfTheLoop();
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
