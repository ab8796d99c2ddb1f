import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../../../test/support/service.ts';
import type { Fleet } from './fleet.ts';
import { createTraffic, percentile, type Sample } from './traffic.ts';
import { startWriters, type WritersOptions } from './writers.ts';

const WRITERS = 8;
const WARM_UP_MS = 1_000;
const RECOVERY_LIMIT_MS = 20_000;
const POLL_MS = 50;

export interface Outage extends Omit<WritersOptions, 'count'> {
  /** Resolves when the fault is in effect. */
  begin(): Promise<void> | void;
  /** Resolves when the database could serve again. */
  end(): Promise<void> | void;
  readonly ms: number;
  /** Replaces an instance by a new one, under load, during the fault. Default: true. */
  readonly drain?: boolean;
}

export type Comparison = readonly [before: number, during: number];

/** Times are in milliseconds. */
export interface OutageResult {
  /** What breaks the service's promises: lost or repeated writes, undocumented responses, connections that broke. */
  readonly problems: readonly string[];
  readonly acknowledged: number;
  readonly storedWithoutResponse: number;
  /** Responses 503 while the fault lasted. */
  readonly rejected: number;
  readonly requests: number;
  /** Median and p99 of a route without the database, before and during the fault. */
  readonly plainMedian: Comparison;
  readonly plain: Comparison;
  /** p99 of requests to flags, before and during the fault. */
  readonly flags: Comparison;
  /** Time after the start of the fault until an instance failed its readiness probe. Undefined if none did. */
  readonly unreadyAfter: number | undefined;
  /** Time from the end of the fault until every instance wrote flags and was ready again. */
  readonly recovery: number;
  /** Warnings and errors that the instance with most of them logged, except access log lines. */
  readonly lines: readonly LogLine[];
  /** Load average of the machine at the end. */
  readonly load: number;
}

export interface LogLine {
  readonly msg: string;
  readonly time: unknown;
  readonly reason: unknown;
}

/** Keeps writing flags while the database is at fault, until it has recovered. */
export async function runOutage(
  fleet: Fleet,
  { begin, end, ms, drain = true, ...rules }: Outage,
): Promise<OutageResult> {
  const linesBefore = new Map(fleet.all.map((service) => [service, service.lines.length]));
  const traffic = createTraffic(() => fleet.current.map(({ url }) => url));
  const writers = startWriters(traffic, { count: WRITERS, ...rules });
  const problems: string[] = [];
  let running = true;
  const plain = (async () => {
    for (; running; await delay(10)) await traffic.send('plain', '/version');
  })();
  await delay(WARM_UP_MS);

  const beganAt = performance.now();
  await begin();
  const inEffectAt = performance.now();
  const unready = firstUnready(fleet, () => running);
  const drained = drain ? fleet.replaceOldest() : Promise.resolve();
  await Promise.all([delay(ms), drained.catch((error) => void problems.push(String(error)))]);
  const ending = performance.now();
  await end();
  const endedAt = performance.now();
  await Promise.all(fleet.current.map((service) => recovered(service, problems)));
  const recovery = Math.round(performance.now() - endedAt);
  await delay(WARM_UP_MS / 2);
  running = false;
  await plain;
  problems.push(...(await writers.stop()));
  problems.push(...traffic.samples.flatMap(({ problem }) => problem ?? []));

  const unreadyAt = await unready;
  const during = traffic.samples.filter(({ startedAt }) => startedAt >= inEffectAt && startedAt < ending);
  const before = traffic.samples.filter(({ endedAt: at }) => at < beganAt);
  const isFlag = ({ kind }: Sample): boolean => kind !== 'plain';
  const isPlain = ({ kind }: Sample): boolean => kind === 'plain';
  const compare = (selects: (sample: Sample) => boolean, share: number): Comparison => [
    percentile(before.filter(selects), share),
    percentile(during.filter(selects), share),
  ];
  return {
    problems,
    acknowledged: writers.acknowledged,
    storedWithoutResponse: writers.storedWithoutResponse,
    rejected: traffic.samples.filter(({ status }) => status === 503).length,
    requests: traffic.samples.length,
    plainMedian: compare(isPlain, 0.5),
    plain: compare(isPlain, 0.99),
    flags: compare(isFlag, 0.99),
    unreadyAfter: unreadyAt === undefined ? undefined : Math.round(unreadyAt - inEffectAt),
    recovery,
    lines: linesOf(fleet.all, linesBefore),
    load: loadavg()[0] ?? 0,
  };
}

async function readiness({ adminUrl }: Service): Promise<number> {
  return fetch(`${adminUrl}/readyz`).then(
    ({ status }) => status,
    () => 0,
  );
}

/** Returns when an instance that is not being stopped failed its readiness probe. */
async function firstUnready(fleet: Fleet, running: () => boolean): Promise<number | undefined> {
  while (running()) {
    for (const service of [...fleet.current].slice(1)) if ((await readiness(service)) === 503) return performance.now();
    await delay(POLL_MS);
  }
  return undefined;
}

/** Waits until an instance is ready, and reads and writes flags. */
async function recovered(service: Service, problems: string[]): Promise<void> {
  const limit = performance.now() + RECOVERY_LIMIT_MS;
  const key = `recovery-${service.child.pid}-${Math.round(limit)}`;
  for (;;) {
    const { status } = await fetch(`${service.url}/v1/flags/${key}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'if-none-match': '*' },
      body: '{"enabled":true}',
    });
    // 412: an earlier attempt was stored without a response.
    if ((status === 201 || status === 412) && (await readiness(service)) === 200) return;
    if (performance.now() > limit) {
      problems.push(`an instance did not recover within ${RECOVERY_LIMIT_MS} ms: ${status}`);
      return;
    }
    await delay(POLL_MS);
  }
}

/** Returns the warnings and errors of the instance with most of them. */
function linesOf(services: readonly Service[], from: ReadonlyMap<Service, number>): readonly LogLine[] {
  const own = services.map((service) => service.lines.slice(from.get(service) ?? 0).flatMap(warning));
  return own.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

function warning({ level, msg, time, err, http_route }: Service['lines'][number]): LogLine[] {
  if (!['warn', 'error', 'fatal'].includes(String(level)) || http_route !== undefined) return [];
  return [{ msg: String(msg), time, reason: Object(err).message }];
}
