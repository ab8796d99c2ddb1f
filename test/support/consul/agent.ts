import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../free-ports.ts';
import { consulBinary, consulVersion } from './binary.ts';

/** How long an agent may take to answer, or to find a leader, in milliseconds. */
const LIMIT_MS = 30_000;

export interface AgentPorts {
  http: number;
  serf: number;
  rpc: number;
}

export interface AgentOptions {
  /** Name of the node. Default: one of its own. */
  node?: string;
  /** `dev`: alone and in memory, forgets everything when it ends. `server`: one of `servers`, keeps what it knows. */
  mode?: 'dev' | 'server';
  /** Serf ports of all servers of the cluster, for the mode `server`. */
  servers?: readonly number[];
  /** Default: free ones. */
  ports?: AgentPorts;
  /** More configuration, in HCL. */
  hcl?: string;
}

/** A real `consul agent` that is a child of this process. */
export interface ConsulAgent {
  readonly url: string;
  readonly node: string;
  /** Asks its HTTP API: the decoded body, `undefined` for 404. Throws for any other error. */
  api(method: 'GET' | 'PUT' | 'DELETE', path: string, options?: { body?: unknown; token?: string }): Promise<unknown>;
  /** Ends it at once, and waits until it has ended. */
  kill(): Promise<void>;
  /** Starts it again after {@link kill}, on the same ports, and waits until it serves. */
  restart(): Promise<void>;
  /** SIGSTOP: connections are accepted by the kernel, nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends it and removes what it has written. */
  stop(): Promise<void>;
}

let agents = 0;

/** Starts an agent; resolves when it serves and, unless it is one of several servers, has a leader. */
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
  if (consulBinary === undefined) throw new Error('there is no consul to start');
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
      signal: AbortSignal.timeout(5_000),
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
      if (performance.now() > limit) throw new Error(`consul did not come up in ${LIMIT_MS} ms: ${output}`);
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

/** The signal is delivered to one thread after the other: a busy machine leaves time for another answer. Linux alone. */
function waitUntilStopped(pid: number): void {
  const folder = `/proc/${pid}/task`;
  if (!existsSync(folder)) return;
  const limit = performance.now() + 1_000;
  const isStopped = (task: string) => /\) [Tt] /.test(readFileSync(`${folder}/${task}/stat`, 'utf8'));
  while (!readdirSync(folder).every(isStopped)) {
    if (performance.now() > limit) throw new Error(`process ${pid} does not stop`);
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
    // A leader that is gone is noticed in about a second, as in production, and not in five.
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

/** A leader that has this node in its catalog: without that, no session can be made. */
const hasLeader: Probe = async (api, node) => {
  try {
    const checks = await api('GET', `/health/node/${node}`);
    if (Array.isArray(checks) && checks.length > 0) return true;
    // With access control the list is filtered: nobody has been told a token yet.
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
