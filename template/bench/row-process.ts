import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cores } from './cores.ts';
import { createLogPipe, type LogPipe } from './log-pipe.ts';
import { cpuMicrosOf } from './proc.ts';
import route from './route.json' with { type: 'json' };
import { type Row, requiredSettings } from './rows.ts';
import { environmentFor, type Settings } from './settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const CONVENTIONAL = join(import.meta.dirname, 'conventional');
const BUILT_SERVICE = join(ROOT, 'dist/cmd/server/main.js');
/** As in the image. */
const CODE_CACHE = { NODE_COMPILE_CACHE: join(ROOT, 'dist/code-cache'), NODE_COMPILE_CACHE_PORTABLE: '1' };
const READY_LIMIT_MS = 30_000;

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

export interface RowProcess {
  readonly row: Row;
  readonly pid: number;
  /** The URL that every measurement requests. */
  readonly url: string;
  readonly metricsUrl: string;
  /** CPU time from the start of the process to its first 200 on /readyz, with a resolution of 10 ms. */
  readonly startMs: number;
  readonly log: LogPipe;
  stop(): Promise<void>;
}

export interface StartOptions {
  cores: Cores;
  /** Node flags of the service. */
  nodeFlags: readonly string[];
  sinkUrl: string;
}

/**
 * Starts the process of a row on the servers' core and waits until it is ready.
 *
 * @throws Error with the output of the process if it exits instead.
 */
export async function startRow(row: Row, options: StartOptions): Promise<RowProcess> {
  const [port, adminPort] = row.program === 'service' ? [await freePort(), await freePort()] : [await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const adminUrl = `http://127.0.0.1:${adminPort ?? port}`;
  const log = createLogPipe();
  const [command = process.execPath, ...args] = [
    ...options.cores.server,
    process.execPath,
    ...argumentsOf(row, options),
  ];

  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environmentOf(row, options, { port, adminPort }) },
    stdio: ['ignore', log.writeFd, 'pipe'],
  });
  log.closeWriteEnd();
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4000);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`failed to start ${command}`);
  try {
    await untilReady(`${adminUrl}/readyz`, child);
    const startMs = cpuMicrosOf(pid) / 1000;
    return {
      row,
      pid,
      url: `${url}${route.path}`,
      metricsUrl: `${adminUrl}/metrics`,
      startMs,
      log,
      stop: () => stop(child, log),
    };
  } catch (cause) {
    await stop(child, log);
    throw new Error(`${row.name} failed to start: ${stderr}${log.tail()}`, { cause });
  }
}

function argumentsOf({ program, nodeFlags: own = [] }: Row, { nodeFlags }: StartOptions): readonly string[] {
  switch (program) {
    case 'service':
      return [...nodeFlags, ...own, SERVICE];
    case 'conventional':
      return ['--require', join(CONVENTIONAL, 'telemetry.js'), join(CONVENTIONAL, 'server.js')];
    default:
      return [join(import.meta.dirname, `programs/${program}.mjs`)];
  }
}

function environmentOf(
  row: Row,
  { sinkUrl }: StartOptions,
  { port, adminPort }: { port: number; adminPort: number | undefined },
): Readonly<Record<string, string>> {
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
      ...requiredSettings(row, sinkUrl),
    };
    return {
      ...(SERVICE_IS_BUILT && CODE_CACHE),
      SKIFF_CONFIG_DIR: join(ROOT, 'config'),
      ...environmentFor({ required, whenKnown: OUT_OF_REACH }),
    };
  }
  return {
    NODE_ENV: 'production',
    PORT: `${port}`,
    OTEL_SERVICE_NAME: row.name,
    OTEL_EXPORTER_OTLP_ENDPOINT: sinkUrl,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: `${row.sampleRatio}`,
    // The conventional stack uses fastify-metrics for metrics and pino for logs.
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    ...row.environment,
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const limit = performance.now() + READY_LIMIT_MS;
  while ((await statusOf(url)) !== 200) {
    if (child.exitCode !== null) throw new Error(`the process exited with code ${child.exitCode}`);
    if (performance.now() > limit) throw new Error(`no 200 from ${url} within ${READY_LIMIT_MS} ms`);
    await delay(1);
  }
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', () => resolve(undefined));
  });
}

async function stop(child: ChildProcess, log: LogPipe): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    // All measurements are done. SIGTERM would not suffice: auto-instrumentations-node catches it and never exits.
    child.kill('SIGKILL');
    await exited;
  }
  log.close();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
