import type { Exit, Service, ServiceOptions } from '../../test/support/service.ts';
import { startItemsService } from '../support/items-service.ts';
import { keepAlive, type Load, once, onePerConnection, pipelining, slowBody, streaming } from './load/clients.ts';
import { type Connect, tcpTo, tlsTo } from './load/connect.ts';
import { openConnection } from './load/connection.ts';
import { type Probe, probeUntilClosed } from './load/probe.ts';
import { get } from './load/requests.ts';
import { createUpstream, type Upstream } from './load/upstream.ts';

export const DRAIN_DELAY_MS = 1000;
/** How long after the signal the simulated load balancer keeps selecting the stopping instance. */
const NOTICE_MS = DRAIN_DELAY_MS / 2;
/** Duration of full load before the signal. */
const WARM_UP_MS = 700;
const SLOW_BODY_MS = 2000;
const SLOW_RESPONSE_MS = 3000;

export interface DrainOptions extends ServiceOptions {
  /** Whether the program serves `GET /v1/slow?ms=`. */
  hasSlowRoute: boolean;
  /** PEM certificate of the authority that issued the program's certificate, if it uses TLS. */
  ca?: string;
}

export interface DrainRun {
  /** The instance that received the signal. */
  stopped: Upstream;
  /** The same instance, for the clients that always have requests in flight. */
  stoppedStreams: Upstream;
  /** Failures at the other instance, to which the clients moved. */
  failuresElsewhere: readonly string[];
  exit: Exit;
  /** Time from the signal to the exit, in milliseconds. */
  exitMs: number;
  /** Remaining time of the longest request in flight at the signal, in milliseconds. */
  longestMs: number;
  /** Error that closed the connection that had become idle after one request. Undefined if it was closed in order. */
  idleEnded: Error | undefined;
  readiness: Probe[];
  liveness: Probe[];
  lines: Service['lines'];
}

/** Loads one of two instances with clients of every kind, sends it SIGTERM, and waits until all clients have finished. */
export async function runDrain({ hasSlowRoute, ca, ...options }: DrainOptions): Promise<DrainRun> {
  // On a busy machine, the service would shed requests, which is not what this measures.
  const unshed = { ...options.env, SKIFF_OVERLOAD_EVENT_LOOP_DELAY: '0s', SKIFF_LIFECYCLE_SHUTDOWN_TIMEOUT: '30s' };
  const env = { ...unshed, SKIFF_LIFECYCLE_DRAIN_DELAY: `${DRAIN_DELAY_MS}ms` };
  const services = await Promise.all([
    startItemsService({ ...options, env }),
    startItemsService({ ...options, env: unshed }),
  ]);
  try {
    const connectTo = (url: string) => (ca === undefined ? tcpTo(url) : tlsTo(url, ca));
    return await drainUnderLoad(services, { hasSlowRoute, connectTo });
  } finally {
    for (const { child } of services) child.kill('SIGKILL');
  }
}

interface DrainDependencies {
  hasSlowRoute: boolean;
  connectTo(url: string): Connect;
}

async function drainUnderLoad(
  [service, otherService]: readonly [Service, Service],
  { hasSlowRoute, connectTo }: DrainDependencies,
): Promise<DrainRun> {
  const stopped = createUpstream(connectTo(service.url));
  const stoppedStreams = createUpstream(connectTo(service.url));
  const other = createUpstream(connectTo(otherService.url));
  let running = true;
  const balance = (upstream: Upstream): Load => ({
    pick: () => (performance.now() - upstream.stoppingSince > NOTICE_MS ? other : upstream),
    get running() {
      return running;
    },
  });
  const load = balance(stopped);

  const clients = [...startClients(load), ...startStreams(balance(stoppedStreams))];
  const idle = openConnection(stopped.connect);
  await idle.request(get(LIST).bytes);
  stopped.succeeded += 1;
  await delay(WARM_UP_MS);
  clients.push(slowBody(load, 'slow body', '/v1/items/slow', { enabled: true }, SLOW_BODY_MS));
  if (hasSlowRoute) clients.push(once(load, 'slow response', get(`/v1/slow?ms=${SLOW_RESPONSE_MS}`)));
  await delay(100);

  const signalledAt = performance.now();
  for (const upstream of [stopped, stoppedStreams]) {
    upstream.stoppingSince = signalledAt;
    upstream.closingSince = signalledAt + DRAIN_DELAY_MS;
  }
  service.kill('SIGTERM');
  const exited = service.exit.then((exit) => ({ exit, exitMs: performance.now() - signalledAt }));
  const [readiness, liveness, { exit, exitMs }] = await Promise.all([
    probeUntilClosed(tcpTo(service.adminUrl), '/readyz', ({ status }) => {
      if (status !== 503 || stopped.drainingSince < performance.now()) return;
      stopped.drainingSince = performance.now();
      stoppedStreams.drainingSince = stopped.drainingSince;
    }),
    probeUntilClosed(tcpTo(service.adminUrl), '/healthz'),
    exited,
  ]);
  running = false;
  await Promise.all(clients);
  const idleEnded = await idle.closed;
  const longestMs = hasSlowRoute ? SLOW_RESPONSE_MS : SLOW_BODY_MS;
  return {
    stopped,
    stoppedStreams,
    failuresElsewhere: other.failures,
    exit,
    exitMs,
    longestMs,
    idleEnded,
    readiness,
    liveness,
    lines: service.lines,
  };
}

const LIST = '/v1/items';

function startClients(load: Load): Promise<void>[] {
  const list = get(LIST);
  return [
    ...times(100, () => keepAlive(load, 'busy', list)),
    ...times(50, () => keepAlive(load, 'pausing', list, DRAIN_DELAY_MS / 2)),
    ...times(10, () => keepAlive(load, 'sleeping', list, 3 * DRAIN_DELAY_MS)),
    ...times(20, () => onePerConnection(load, 'new connection', list)),
    ...times(5, () => keepAlive(load, 'HTTP/1.0 keep-alive', get(LIST, '1.0 keep-alive'))),
    ...times(5, () => onePerConnection(load, 'HTTP/1.0', get(LIST, '1.0'))),
    ...times(10, () => pipelining(load, 'pipelining', list, 4)),
  ];
}

function startStreams(load: Load): Promise<void>[] {
  return times(5, () => streaming(load, 'streaming', get(LIST), 4));
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
