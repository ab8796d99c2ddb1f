import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, watchOf } from './cluster.ts';
import { apply, completedPod, NODE, type ToolPod, toolPod } from './pods.ts';
import { must, type Report } from './step.ts';

const PROGRAM = 'load-program.mts';
const START_LIMIT_MS = 120_000;
const STOP_ATTEMPTS = 3;
/** Longer than the kubelet takes to report that a program has exited. */
const STOP_INTERVAL_MS = 2_000;

export interface LoadOptions {
  /** Name of the pod that sends the load. Default: load. */
  readonly name?: string;
  readonly urls: readonly string[];
  readonly concurrency: number;
  /** Pause of each worker between a response and its next request. */
  readonly pauseMs: number;
  /** Time limit of a request. Default: 10,000. */
  readonly limitMs?: number;
  /** Time over which the starts of the workers are spread. Default: 0. */
  readonly rampMs?: number;
  readonly env?: ToolPod['env'];
  readonly node?: string | undefined;
  /** Number of workers that keep their connections. Default: half of them. */
  readonly kept?: number;
  /** URL of a catalog whose instances replace the host of the URLs. */
  readonly discover?: string;
  /** PEM of a certificate authority, mounted at /load/ca.crt. */
  readonly authority?: string;
}

export interface LoadCounts {
  readonly requests: number;
  readonly failed: number;
  readonly slowestMs: number;
  /** Time from the start of the first failed request to the start of the last one. */
  readonly failingMs: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** When the last 1,000 failed requests started, in milliseconds since the Unix epoch. */
  readonly failedAt: readonly number[];
}

/** The reason for which the program counts a request that the overload protection rejected. */
const SHED = '503 overloaded';

/** Tolerated losses. Default: none. */
export interface Tolerance {
  readonly failed: number;
  /** Maximum `failingMs`. */
  readonly failingMs: number;
}

/** Throws unless all failed requests were shed, and at most this share of all requests. */
export function mustOnlyShed(counts: LoadCounts, share: number): void {
  const shed = counts.reasons[SHED] ?? 0;
  const limit = `at most ${share * 100} % of the requests shed, and none failed otherwise`;
  must(counts.failed === shed && shed <= counts.requests * share, `${limit}: ${describeCounts(counts)}`);
}

/** Starts load in the cluster and resolves when requests flow. The returned function stops it and returns the counts. */
export async function startLoad(cluster: Cluster, options: LoadOptions): Promise<() => Promise<LoadCounts>> {
  const { name = 'load' } = options;
  await apply(cluster, ...loadObjects(cluster, name, options));
  const watch = watchOf('pod', name, '{.status.phase}');
  const phase = await cluster.lineOf(watch, (line) => line !== '' && line !== 'Pending', START_LIMIT_MS);
  if (phase !== 'Running') throw new Error(`pod ${name} exited at once: ${await completedPod(cluster, name)}`);
  await cluster.lineOf(['logs', name, '--follow'], (line) => line.includes('"requests"'), 30_000);

  return async () => {
    await terminate(cluster, name);
    const log = await completedPod(cluster, name, 60_000);
    return JSON.parse(log.split('\n').at(-1) ?? '');
  };
}

/** Sends SIGTERM to the program of a pod, unless it has exited. Tries again, because `kubectl exec` may fail on a busy node. */
async function terminate(cluster: Cluster, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await cluster.kubectl(['exec', name, '--', NODE, '-e', 'process.kill(1, "SIGTERM")']);
      return;
    } catch (error) {
      await delay(STOP_INTERVAL_MS);
      const phase = await cluster.kubectl(['get', 'pod', name, '--output', 'jsonpath={.status.phase}']);
      if (phase !== 'Running') return; // Its log contains the reason.
      if (attempt === STOP_ATTEMPTS) throw error;
    }
  }
}

export function loadObjects(cluster: Pick<Cluster, 'image'>, name: string, options: LoadOptions): object[] {
  const { urls, concurrency, pauseMs, limitMs = 10_000, rampMs = 0, kept, discover, authority, env, node } = options;
  const source = readFileSync(join(import.meta.dirname, 'load-program.ts'), 'utf8');
  const numbers = [
    '--concurrency',
    `${concurrency}`,
    '--pause',
    `${pauseMs}`,
    '--limit',
    `${limitMs}`,
    '--ramp',
    `${rampMs}`,
  ];
  const optional = Object.entries({ kept, discover }).filter(([, value]) => value !== undefined);
  const optionalArguments = optional.flatMap(([key, value]) => [`--${key}`, `${value}`]);
  const command = [NODE, `/load/${PROGRAM}`, ...numbers, ...optionalArguments, ...urls];
  const trust = authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: '/load/ca.crt' };
  const data = { [PROGRAM]: source, ...(authority === undefined ? {} : { 'ca.crt': authority }) };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
    toolPod({ name, image: cluster.image, command, program: name, env: { ...env, ...trust }, node }),
  ];
}

/**
 * Runs `act` while requests flow through the Service. Rejects if more of them fail than tolerated. A tolerance that depends
 * on what `act` observes is a function, which is called afterwards.
 */
export async function underLoad(
  cluster: Cluster,
  report: Report,
  act: () => Promise<void>,
  options: Partial<LoadOptions> & { readonly tolerance?: Tolerance | (() => Tolerance) } = {},
): Promise<LoadCounts> {
  const { tolerance: tolerated = { failed: 0, failingMs: 0 }, ...load } = options;
  const base = `http://${cluster.release}`;
  const urls = [`${base}/version`, `${base}/healthz`];
  const stop = await startLoad(cluster, { urls, concurrency: 8, pauseMs: 20, ...load });
  let counts: LoadCounts;
  try {
    await act();
  } finally {
    counts = await stop();
    report(describeCounts(counts));
  }
  const tolerance = typeof tolerated === 'function' ? tolerated() : tolerated;
  must(counts.requests > 100, 'more than 100 requests');
  const limit =
    tolerance.failed === 0
      ? 'no failed request'
      : `at most ${tolerance.failed} failed requests within ${tolerance.failingMs} ms`;
  const isTolerated = counts.failed <= tolerance.failed && counts.failingMs <= tolerance.failingMs;
  must(isTolerated, `${limit}: ${describeCounts(counts)}`);
  return counts;
}

export function describeCounts({ requests, failed, reasons, failingMs, slowestMs }: LoadCounts): string {
  const lost = failed === 0 ? '0 failed' : `${failed} failed within ${failingMs} ms ${JSON.stringify(reasons)}`;
  return `${requests} requests, ${lost}, the slowest took ${slowestMs} ms`;
}
