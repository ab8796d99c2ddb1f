import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../free-ports.ts';
import { consulBinary, consulVersion } from './binary.ts';

/** Time limit for an agent to serve its API or to find a leader, in milliseconds. */
const LIMIT_MS = 60_000;

export interface AgentPorts {
  http: number;
  serf: number;
  rpc: number;
}

export interface AgentOptions {
  /** Name of the node. Default: a unique name. */
  node?: string;
  /** `dev`: a single in-memory agent, whose state is lost when it stops. `server`: one of `servers`, with persistent state. */
  mode?: 'dev' | 'server';
  /** Serf ports of all servers in the cluster, for mode `server`. */
  servers?: readonly number[];
  /** Default: free ports. */
  ports?: AgentPorts;
  /** Additional configuration (HCL). */
  hcl?: string;
}

/** A real `consul agent` that is a child of this process. */
export interface ConsulAgent {
  readonly url: string;
  readonly node: string;
  /** Calls the HTTP API. Returns the decoded body, or `undefined` for 404. Throws on any other error status. */
  api(method: 'GET' | 'PUT' | 'DELETE', path: string, options?: { body?: unknown; token?: string }): Promise<unknown>;
  /** Kills the agent with SIGKILL and waits until it has exited. */
  kill(): Promise<void>;
  /** Starts the agent again on the same ports after {@link kill}, and waits until it serves. */
  restart(): Promise<void>;
  /** Sends SIGSTOP: the kernel still accepts connections, but no request gets a response. */
  pause(): void;
  resume(): void;
  /** Kills the agent and removes its files. */
  stop(): Promise<void>;
}

let agents = 0;

/** Starts an agent. Resolves when it serves and, unless it is one of several servers, has a leader. */
export async function startAgent(options: AgentOptions = {}): Promise<ConsulAgent> {
  agents += 1;
  const node = options.node ?? `node-${process.pid}-${agents}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(node, options.ports ?? (await agentPorts()), options);
    } catch (error) {
      // Another process may have taken one of the ports in the meantime.
      if (attempt === 3 || options.ports !== undefined) throw error;
    }
  }
}

export async function agentPorts(): Promise<AgentPorts> {
  const [http = 0, serf = 0, rpc = 0] = await freePorts(3);
  return { http, serf, rpc };
}

async function launch(node: string, ports: AgentPorts, options: AgentOptions): Promise<ConsulAgent> {
  const { mode = 'dev' } = options;
  if (consulBinary === undefined) throw new Error('starting an agent requires a Consul binary: set CONSUL_BIN');
  const binary = consulBinary;
  const directory = mkdtempSync(join(tmpdir(), 'consul-'));
  const argv = agentArguments(node, ports, { ...options, binary, directory });
  const url = `http://127.0.0.1:${ports.http}`;
  let child: ChildProcess;
  let output = '';

  const api: ConsulAgent['api'] = async (method, path, { body, token } = {}) => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: token === undefined ? {} : { 'x-consul-token': token },
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

  async function start(): Promise<void> {
    output = '';
    child = spawn(binary, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output = (output + chunk).slice(-4_000);
      });
    }
    const ready = mode === 'dev' ? hasLeader : serves;
    const limit = performance.now() + LIMIT_MS;
    while (!(await ready(api, node))) {
      if (child.exitCode !== null) throw new Error(`consul exited with ${child.exitCode}: ${output}`);
      if (performance.now() > limit) throw new Error(`consul was not ready within ${LIMIT_MS} ms: ${output}`);
      await delay(50);
    }
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  const killAtExit = () => child?.kill('SIGKILL');
  process.once('exit', killAtExit);
  async function stop(): Promise<void> {
    await kill();
    process.off('exit', killAtExit);
    rmSync(directory, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    node,
    api,
    kill,
    restart: start,
    pause() {
      child.kill('SIGSTOP');
      waitUntilStopped(child.pid ?? 0);
    },
    resume: () => void child.kill('SIGCONT'),
    stop,
  };
}

/** SIGSTOP reaches one thread after another, so a process on a busy machine could still send a response. Linux only. */
function waitUntilStopped(pid: number): void {
  const folder = `/proc/${pid}/task`;
  if (!existsSync(folder)) return;
  const limit = performance.now() + 10_000;
  const isStopped = (task: string) => /\) [Tt] /.test(readFileSync(`${folder}/${task}/stat`, 'utf8'));
  while (!readdirSync(folder).every(isStopped)) {
    if (performance.now() > limit) throw new Error(`process ${pid} did not stop within 10 s`);
  }
}

function agentArguments(
  node: string,
  ports: AgentPorts,
  { mode = 'dev', servers = [], hcl = '', binary, directory }: AgentOptions & { binary: string; directory: string },
): string[] {
  const portSettings = `http = ${ports.http} serf_lan = ${ports.serf} server = ${ports.rpc} dns = -1 serf_wan = -1`;
  const grpcPorts = consulVersion(binary) >= 1014 ? 'grpc = -1 grpc_tls = -1' : 'grpc = -1';
  const asServer = [
    '-server',
    `-data-dir=${directory}`,
    `-bootstrap-expect=${servers.length}`,
    ...servers.map((port) => `-retry-join=127.0.0.1:${port}`),
    '-retry-interval=1s',
    '-disable-host-node-id',
  ];
  const settings = [
    `ports { ${portSettings} ${grpcPorts} }`,
    'disable_update_check = true',
    // The loss of a leader is detected in about one second, as in production, instead of five.
    'performance { raft_multiplier = 1 }',
    ...(hcl === '' ? [] : [hcl]),
  ];
  return [
    'agent',
    ...(mode === 'dev' ? ['-dev'] : asServer),
    `-node=${node}`,
    '-bind=127.0.0.1',
    '-client=127.0.0.1',
    ...settings.flatMap((setting) => ['-hcl', setting]),
  ];
}

type Probe = (api: ConsulAgent['api'], node: string) => Promise<boolean>;

const serves: Probe = async (api) => {
  try {
    await api('GET', '/status/leader');
    return true;
  } catch {
    return false;
  }
};

/** Waits for a leader that has this node in its catalog: sessions cannot be created before. */
const hasLeader: Probe = async (api, node) => {
  try {
    const checks = await api('GET', `/health/node/${node}`);
    if (Array.isArray(checks) && checks.length > 0) return true;
    // With access control the list is empty for requests without a token.
    const leader = await api('GET', '/status/leader');
    return leader !== '' && (await isDenying(api));
  } catch {
    return false;
  }
};

async function isDenying(api: ConsulAgent['api']): Promise<boolean> {
  return api('GET', '/kv/probe').then(
    () => false,
    (error: unknown) => String(error).includes('403'),
  );
}
