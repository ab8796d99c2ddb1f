import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe } from 'vitest';
import { parse, stringify } from 'yaml';
import { freePorts } from '../../test/support/free-ports.ts';

const ROOT = join(import.meta.dirname, '../..');
const BINARY = join(ROOT, '.cache/collector/otelcol');
const CONFIGS = join(ROOT, 'deploy/observability/collector');
/** Works only in a cluster, so the binary does not have it. */
const CLUSTER_ONLY = 'k8s_attributes';

// biome-ignore lint/suspicious/noExplicitAny: a configuration of this project, of which a few fields are replaced.
type Config = any;

export interface Collector {
  /** Base URLs of its OTLP receivers. */
  readonly http: string;
  readonly grpc: string;
  /** The folder that it reads instead of /var/log/pods. */
  readonly logs: string;
  /** Stops it after it has exported what it received. */
  stop(): Promise<void>;
}

/** Skipped, with the reason in the name, where the Collector is not installed. */
export function describeWithCollector(name: string, body: () => void): void {
  if (existsSync(BINARY)) describe(name, body);
  else describe.skip(`${name} [skipped: no Collector: template/ci/install-collector.sh]`, body);
}

/**
 * Starts the Collector with the configuration of the agent, which exports to an OTLP/HTTP receiver instead of the gateway.
 * Differs from the cluster in addresses and folders, and lacks the attributes of pods.
 */
export async function startAgent(receiver: string): Promise<Collector> {
  const folder = mkdtempSync(join(tmpdir(), 'collector-'));
  const logs = join(folder, 'pods');
  const [grpc, http] = await freePorts(2);
  const config = withoutCluster('agent', folder);
  config.service.telemetry = { metrics: { level: 'none' } };
  config.extensions.health_check.endpoint = '127.0.0.1:0';
  config.receivers.otlp.protocols = {
    grpc: { endpoint: `127.0.0.1:${grpc}` },
    http: { endpoint: `127.0.0.1:${http}` },
  };
  config.receivers.file_log.include = config.receivers.file_log.include.map((path: string) =>
    path.replace('/var/log/pods', logs),
  );
  config.exporters = { otlp_http: { endpoint: receiver, compression: 'none' } };
  for (const pipeline of Object.values<Config>(config.service.pipelines)) pipeline.exporters = ['otlp_http'];
  const path = write(folder, config);

  const child = spawn(BINARY, ['--config', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(child, 'exit');
  await ready(child);
  return {
    http: `http://127.0.0.1:${http}`,
    grpc: `http://127.0.0.1:${grpc}`,
    logs,
    async stop() {
      child.kill('SIGTERM');
      await exit;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs the Collector's own validation. Throws with its message if it rejects the configuration. */
export function validateConfig(name: 'agent' | 'gateway', change: (config: Config) => void = () => {}): void {
  const folder = mkdtempSync(join(tmpdir(), 'collector-'));
  try {
    const config = withoutCluster(name, folder);
    change(config);
    execFileSync(BINARY, ['validate', '--config', write(folder, config)], {
      env: { POD_IP: '127.0.0.1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns a configuration without what needs a cluster. */
function withoutCluster(name: string, folder: string): Config {
  const config = parse(readFileSync(join(CONFIGS, `${name}-config.yaml`), 'utf8'));
  delete config.processors[CLUSTER_ONLY];
  for (const pipeline of Object.values<Config>(config.service.pipelines))
    pipeline.processors = pipeline.processors.filter((id: string) => id !== CLUSTER_ONLY);
  if (config.extensions.file_storage !== undefined) {
    config.extensions.file_storage.directory = join(folder, 'offsets');
    mkdirSync(config.extensions.file_storage.directory);
  }
  return config;
}

function write(folder: string, config: Config): string {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, stringify(config));
  return path;
}

async function ready({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null) throw new Error('the Collector has no standard error');
  const lines: string[] = [];
  const reader = createInterface(stderr);
  await new Promise<void>((resolve, reject) => {
    reader.on('line', (line) => {
      lines.push(line);
      if (line.includes('Everything is ready')) resolve();
    });
    reader.once('close', () => reject(new Error(`the Collector has stopped:\n${lines.join('\n')}`)));
  });
}
