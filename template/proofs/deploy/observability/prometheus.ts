import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe } from 'vitest';
import { stringify } from 'yaml';
import { freePorts } from '../../../../test/support/free-ports.ts';
import { onPath } from '../../../../test/support/on-path.ts';

const binary = onPath('prometheus');
/** Path of promtool, which checks rules and runs their tests. It is part of Prometheus. */
export const promtool = onPath('promtool');

/** Time limit for the start, in milliseconds. */
const LIMIT_MS = 60_000;

/** Wraps `describe` for tests that need Prometheus. Without it they are skipped, with the reason in their name. */
export function describeWithPrometheus(name: string, body: () => void): void {
  if (binary !== undefined && promtool !== undefined) describe(name, body);
  else describe.skip(`${name} [skipped: no prometheus and promtool on the PATH]`, body);
}

export interface ScrapeTarget {
  /** Host and port that serve /metrics. */
  address: string;
  /** Labels that service discovery would add. */
  labels: Record<string, string>;
}

export interface PrometheusOptions {
  job: string;
  targets: readonly ScrapeTarget[];
  ruleFile: string;
}

export interface Series {
  metric: Record<string, string>;
}

/** A Prometheus process that scrapes every second and stores exemplars. */
export interface Prometheus {
  /** Calls its HTTP API and returns the `data` of the response. Throws with the reason if it is an error. */
  api<T>(path: string, parameters?: Record<string, string>): Promise<T>;
  query(expression: string): Promise<Series[]>;
  stop(): Promise<void>;
}

export async function startPrometheus({ job, targets, ruleFile }: PrometheusOptions): Promise<Prometheus> {
  if (binary === undefined) throw new Error('prometheus is not on the PATH');
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [ruleFile],
    scrape_configs: [
      { job_name: job, static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })) },
    ],
  };
  writeFileSync(join(directory, 'prometheus.yaml'), stringify(config));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    binary,
    [
      `--config.file=${join(directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-4_000);
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);

  async function stop(): Promise<void> {
    process.off('exit', killAtExit);
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(directory, { recursive: true, force: true });
  }

  async function api<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, {
      signal: AbortSignal.timeout(10_000),
    });
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  const startedAt = performance.now();
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() - startedAt > LIMIT_MS) {
      await stop();
      throw new Error(`prometheus failed to start: ${log}`);
    }
    await delay(100);
  }
  return {
    api,
    query: async (expression) => (await api<{ result: Series[] }>('query', { query: expression })).result,
    stop,
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}
