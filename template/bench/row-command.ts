import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLED_BARE } from './bundled-bare.ts';
import { pathOf } from './go-program.ts';
import type { SinkAddress } from './otlp-sink.ts';
import { PODINFO, podinfoArguments, podinfoEnvironment } from './podinfo.ts';
import route from './route.json' with { type: 'json' };
import { IMAGE_ENVIRONMENT, type Row, requiredSettings } from './rows.ts';
import { environmentFor, type Settings } from './settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const CONVENTIONAL = join(import.meta.dirname, 'conventional');
const BUILT_SERVICE = join(ROOT, 'dist/cmd/server/main.js');
/** As in the image. */
const CODE_CACHE = { NODE_COMPILE_CACHE: join(ROOT, 'dist/code-cache'), NODE_COMPILE_CACHE_PORTABLE: '1' };

/** Whether a production build exists. Otherwise the service runs from its sources, which take longer to start. */
export const SERVICE_IS_BUILT = existsSync(BUILT_SERVICE);
const SERVICE = SERVICE_IS_BUILT ? BUILT_SERVICE : join(ROOT, 'cmd/server/main.ts');

/**
 * Limits are enabled, as in production, but too high to be reached: shed requests and dropped log lines would look like
 * higher speed.
 */
const OUT_OF_REACH: Settings = {
  'auth.enabled': 'false',
  'rateLimit.max': '1000000000',
  'http.maxConcurrent': '10000',
  'overload.eventLoopDelay': '10s',
  'log.onFull': 'block',
};

/** Reports whether the row serves /readyz on a port of its own. */
export function hasAdminListener({ program }: Row): boolean {
  return program === 'service' || program === 'flags';
}

/** Returns the program and its arguments. `nodeFlags` of the service follow those of the row, so they override them. */
export function commandOf({ program, nodeFlags: own = [] }: Row, nodeFlags: readonly string[], port: number): string[] {
  switch (program) {
    case 'service':
      return [process.execPath, ...own, ...nodeFlags, SERVICE];
    case 'conventional':
      return [process.execPath, '--require', join(CONVENTIONAL, 'telemetry.js'), join(CONVENTIONAL, 'server.js')];
    case 'podinfo':
      return [pathOf(PODINFO), ...podinfoArguments(port)];
    case 'bundled':
      return [process.execPath, BUNDLED_BARE];
    case 'flags':
      return [process.execPath, join(import.meta.dirname, 'programs/flags.ts')];
    default:
      return [process.execPath, join(import.meta.dirname, `programs/${program}.mjs`)];
  }
}

/** Returns the environment variables of the row, which exports its spans to the receiver. */
export function environmentOf(
  row: Row,
  receiver: SinkAddress,
  { port, adminPort }: { port: number; adminPort: number | undefined },
): Readonly<Record<string, string>> {
  if (row.program === 'podinfo') return podinfoEnvironment(receiver.grpc, row.sampleRatio);
  if (row.program === 'service') {
    const addresses = { 'http.host': '127.0.0.1', 'http.port': `${port}`, 'admin.host': '127.0.0.1' };
    const { name, version, revision } = route.response;
    const required = {
      environment: 'production',
      'service.name': name,
      'service.version': version,
      'service.revision': revision,
      ...addresses,
      'admin.port': `${adminPort}`,
      ...requiredSettings(row, receiver.http),
    };
    return {
      ...IMAGE_ENVIRONMENT,
      ...(SERVICE_IS_BUILT && CODE_CACHE),
      SKIFF_CONFIG_DIR: join(ROOT, 'config'),
      ...environmentFor({ required, whenKnown: OUT_OF_REACH }),
    };
  }
  return {
    NODE_ENV: 'production',
    PORT: `${port}`,
    ADMIN_PORT: `${adminPort}`,
    OTEL_SERVICE_NAME: row.name,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.http,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: `${row.sampleRatio}`,
    // The conventional stack uses fastify-metrics for metrics and pino for logs.
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    ...row.environment,
  };
}
