import { inject } from 'vitest';
import { docker, dockerRun } from './engine.ts';

const env = inject('engineEnv');
export const IMAGE = inject('image');

/** Restrictions as in a cluster that enforces the restricted Pod Security Standard, with the limits of the chart. */
const HARDENED = [
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--memory=256m',
  '--memory-swap=256m',
  '--cpus=0.5',
];

/** Disables authentication: otherwise the service does not start in production without a token issuer. */
const OPEN = ['--env=SKIFF_AUTH_ENABLED=false'];
const LIMIT_MS = 60_000;

export interface Container {
  readonly id: string;
  /** Base URLs, without a trailing slash. */
  readonly url: string;
  readonly adminUrl: string;
  inspect(): Promise<ContainerState>;
  /** Runs a Node script in the container and returns its output. */
  node(script: string): Promise<string>;
  /** Runs `docker stop` and returns the final state. */
  stop(): Promise<ContainerState>;
  logs(): Promise<string>;
  remove(): Promise<void>;
}

export interface ContainerState {
  Running: boolean;
  OOMKilled: boolean;
  ExitCode: number;
  Health: { Status: string };
}

/** Starts the hardened image on an internal network. Resolves when its health check reports "healthy". */
export async function startContainer(...options: string[]): Promise<Container> {
  const network = `test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  await docker(env, ['network', 'create', '--internal', network]);
  const id = await docker(env, ['run', '--detach', ...HARDENED, ...OPEN, `--network=${network}`, ...options, IMAGE]);
  const container = describe(id, network, await addressOf(id));
  try {
    await untilHealthy(container);
    return container;
  } catch (cause) {
    const logs = await container.logs();
    await container.remove();
    throw new Error(`the container did not become healthy:\n${logs}`, { cause });
  }
}

function describe(id: string, network: string, address: string): Container {
  const inspect = async (): Promise<ContainerState> =>
    JSON.parse(await docker(env, ['inspect', '--format', '{{json .State}}', id]));
  return {
    id,
    url: `http://${address}:8080`,
    adminUrl: `http://${address}:9091`,
    inspect,
    node: (script) => docker(env, ['exec', id, '/nodejs/bin/node', '--print', script]),
    async stop() {
      await docker(env, ['stop', id]);
      return inspect();
    },
    async logs() {
      const { stdout, stderr } = await dockerRun(env, ['logs', id]);
      return stdout + stderr;
    },
    async remove() {
      await docker(env, ['rm', '--force', id]);
      await docker(env, ['network', 'rm', network]);
    },
  };
}

async function addressOf(id: string): Promise<string> {
  return docker(env, ['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', id]);
}

async function untilHealthy(container: Container): Promise<void> {
  const limit = performance.now() + LIMIT_MS;
  for (;;) {
    const { Health, Running } = await container.inspect();
    if (Health.Status === 'healthy') return;
    if (!Running || Health.Status === 'unhealthy' || performance.now() > limit) throw new Error(Health.Status);
  }
}

/** Runs the hardened image until it exits. */
export function runImage(options: readonly string[], args: readonly string[] = []) {
  return dockerRun(env, ['run', '--rm', ...HARDENED, '--network=none', ...options, IMAGE, ...args]);
}
