import { getEventListeners, once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type ObjectApi, startObjectApi } from '../../template/support/kubernetes/object-api.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createKubernetesClient, type KubernetesClient } from './client.ts';
import { createElectionMetrics } from './election-metrics.ts';
import { createFencedClient, LeadershipLostError } from './fence.ts';
import {
  createLeaseElection,
  type Leadership,
  type LeaseElection,
  type LeaseElectionOptions,
} from './leader-election.ts';
import type { LeaseSpec } from './lease.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

/** For tests that wait until a lease expires. */
const SHORT = { leaseDurationMs: 2_000, renewDeadlineMs: 1_500, retryPeriodMs: 50 };
const FOREVER = { leaseDurationMs: 3_600_000, renewDeadlineMs: 1_800_000, retryPeriodMs: 50 };
const LEASE = '/leases/worker';

interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}
const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

function specOf(api: ObjectApi): LeaseSpec {
  return (api.find(LEASE)?.spec ?? {}) as LeaseSpec;
}

function clientOf(api: ObjectApi): KubernetesClient {
  const client = createKubernetesClient({ connection: api.connection(), userAgent: 'test' });
  onTestFinished(() => client.close());
  return client;
}

interface Candidate {
  readonly election: LeaseElection;
  readonly client: KubernetesClient;
  readonly lines: string[];
  /** The periods of leadership so far. */
  readonly terms: Leadership[];
  /** Resolves with the next period of leadership. */
  elected(): Promise<Leadership>;
  stop(): Promise<void>;
}

/** Starts a candidate whose work lasts until its signal aborts, and longer if `work` does. */
function startCandidate(
  api: ObjectApi,
  identity: string,
  options: Partial<LeaseElectionOptions> = {},
  work: (leadership: Leadership) => Promise<void> = async () => {},
): Candidate {
  const client = clientOf(api);
  const lines: string[] = [];
  const terms: Leadership[] = [];
  const log = (fields: object, message: string) =>
    void lines.push('reason' in fields ? `${message}: ${fields.reason}` : message);
  const election = createLeaseElection(
    { name: 'worker', identity, ...FOREVER, ...options },
    { client, logger: { info: log, warn: log, error: log } },
  );
  let count = 0;
  election.start(async (leadership) => {
    terms.push(leadership);
    if (!leadership.signal.aborted) await once(leadership.signal, 'abort');
    await work(leadership);
  });
  const stop = () => election.stop(AbortSignal.timeout(10_000));
  onTestFinished(stop);
  return {
    election,
    client,
    lines,
    terms,
    stop,
    async elected() {
      const index = count++;
      await vi.waitUntil(() => terms.length > index, { timeout: 30_000, interval: 2 });
      return terms[index] as Leadership;
    },
  };
}

test('a candidate creates the lease and renews it', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a');
  const leadership = await a.elected();
  expect(leadership.valid()).toBe(true);
  expect(a.election.leading).toBe(true);
  const first = specOf(api);
  expect(first).toMatchObject({ leaseDurationSeconds: 3_600, leaseTransitions: 0 });
  expect(first.holderIdentity).toMatch(/^a_[\da-f-]{36}$/);
  expect(first.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  await vi.waitUntil(() => specOf(api).renewTime !== first.renewTime, { timeout: 30_000 });
  expect(specOf(api)).toMatchObject({ acquireTime: first.acquireTime, leaseTransitions: 0 });
  expect(leadership.signal.aborted).toBe(false);
});

test('a leader renews with one request, and a candidate only reads', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a');
  await a.elected();
  startCandidate(api, 'b');
  const path = `/apis/coordination.k8s.io/v1/namespaces/shop${LEASE}`;
  await vi.waitUntil(() => api.requests.filter((each) => each === `GET ${path}`).length > 4, { timeout: 30_000 });
  expect(api.requests.filter((each) => each.startsWith('POST'))).toHaveLength(1);
  expect(new Set(api.writes.slice(1).map(({ method }) => method))).toEqual(new Set(['PUT']));
  expect(specOf(api).holderIdentity).toMatch(/^a_/);
});

test('after stop, the lease is held and renewed until the work has ended, which may still write', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a', {}, async (leadership) => {
    const { renewTime } = specOf(api);
    await vi.waitUntil(() => specOf(api).renewTime !== renewTime, { timeout: 30_000 });
    expect(leadership.valid()).toBe(true);
    const fenced = createFencedClient(a.client, leadership);
    const write = (signal?: AbortSignal) => fenced.create(configMaps, { metadata: { name: 'last' } }, { signal });
    await expect(write()).rejects.toThrow('stopping');
    await write(AbortSignal.timeout(30_000));
  });
  const leadership = await a.elected();
  await a.stop();
  expect(a.lines).toEqual(['elected']);
  expect(api.find('/configmaps/last')).toBeDefined();
  expect(leadership.valid()).toBe(false);
  expect(specOf(api).holderIdentity).toBe('');
});

test('stop releases the lease, and another candidate leads without waiting for it to expire', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a');
  await a.elected();
  const b = startCandidate(api, 'b');
  await a.stop();
  await b.elected();
  expect(specOf(api)).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 3_600 });
  await b.stop();
  expect(specOf(api)).toMatchObject({ holderIdentity: '', leaseTransitions: 1, leaseDurationSeconds: 1 });
  expect(a.election.leading).toBe(false);
});

test('a write that was sent when the leader stops is awaited before the lease is released', async () => {
  const api = await startObjectApi();
  let write: Promise<ConfigMap> | undefined;
  const a = startCandidate(api, 'a', {}, async () => void (await write));
  const leadership = await a.elected();
  const fenced = createFencedClient(a.client, leadership);
  const { promise: served, resolve: serve } = Promise.withResolvers<'serve'>();
  api.treat((_method, { metadata }) => (metadata?.name === 'slow' ? served : 'serve'));
  write = fenced.create(configMaps, { metadata: { name: 'slow' } });
  await vi.waitUntil(() => api.requests.some((each) => each.endsWith('/configmaps')), { timeout: 30_000 });
  const stopped = a.stop();
  const { renewTime } = specOf(api);
  await vi.waitUntil(() => specOf(api).renewTime !== renewTime, { timeout: 30_000 });
  serve('serve');
  expect(await write).toMatchObject({ metadata: { name: 'slow' } });
  await stopped;
  expect(api.writes.at(-1)?.body.spec).toMatchObject({ holderIdentity: '' });
  expect(getEventListeners(leadership.lost, 'abort')).toEqual([]);
});

test('a write without a response ends when leadership is lost, also after stop', async () => {
  const api = await startObjectApi();
  let write: Promise<void> | undefined;
  const a = startCandidate(api, 'a', SHORT, () => write ?? Promise.resolve());
  const fenced = createFencedClient(a.client, await a.elected());
  api.treat(() => 'hang');
  const { signal } = new AbortController();
  const created = fenced.create(configMaps, { metadata: { name: 'lost' } }, { signal });
  write = expect(created).rejects.toThrow('lease not renewed in time');
  await vi.waitUntil(() => api.requests.some((each) => each.endsWith('/configmaps')), { timeout: 30_000 });
  await Promise.all([a.stop(), write]);
  expect(a.lines).toContain('leadership lost: lease not renewed in time');
});

test('a leader that cannot renew loses its signal before another candidate acquires the lease', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a', SHORT);
  const leadership = await a.elected();
  const b = startCandidate(api, 'b', SHORT);
  api.treat((_method, { spec }) => (JSON.stringify(spec ?? {}).includes('"a_') ? 'fail' : 'serve'));
  await once(leadership.signal, 'abort');
  expect(specOf(api).holderIdentity).toMatch(/^a_/);
  expect(leadership.valid()).toBe(false);
  expect(a.lines).toContain('leadership lost: lease not renewed in time');
  await b.elected();
  expect(specOf(api).leaseTransitions).toBe(1);
});

test('a lease whose holder disappeared is acquired once it has expired by the candidate’s own clock', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a', SHORT);
  await a.elected();
  // The times in the lease are those of a machine whose clock is an hour ahead.
  const ahead = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '000Z');
  api.edit(LEASE, ({ spec }) => ({ spec: { ...(spec as object), holderIdentity: 'other', renewTime: ahead } }));
  const startedAt = performance.now();
  const b = startCandidate(api, 'b', SHORT);
  await vi.waitUntil(() => a.terms.length + b.terms.length === 2, { timeout: 30_000, interval: 2 });
  expect(performance.now() - startedAt).toBeGreaterThan(1_990);
});

test('a leader loses its leadership when the lease names another holder', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a');
  const leadership = await a.elected();
  api.edit(LEASE, ({ spec }) => ({ spec: { ...(spec as object), holderIdentity: 'other' } }));
  await once(leadership.signal, 'abort');
  expect(a.lines).toContain('leadership lost: the lease is held by other');
});

test('a leader survives changes of the lease by others and a short outage', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a');
  const leadership = await a.elected();
  api.edit(LEASE, ({ metadata }) => ({ metadata: { ...metadata, annotations: { edited: 'yes' } } }));
  await vi.waitUntil(() => api.writes.length > 3, { timeout: 30_000 });
  expect(api.find(LEASE)?.metadata).toMatchObject({ annotations: { edited: 'yes' } });
  let failures = 0;
  api.treat(() => (++failures <= 2 ? 'fail' : 'serve'));
  await vi.waitUntil(() => failures > 4, { timeout: 30_000 });
  expect(leadership.signal.aborted).toBe(false);
  expect(a.terms).toHaveLength(1);
});

test('a leader whose lease was deleted creates it again', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a');
  const leadership = await a.elected();
  api.remove(LEASE);
  await vi.waitUntil(() => api.find(LEASE) !== undefined, { timeout: 30_000 });
  expect(leadership.signal.aborted).toBe(false);
});

test('a renewal whose response was lost is renewed again', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a', { renewDeadlineMs: 4_000 });
  const leadership = await a.elected();
  let isLost = false;
  api.treat((method) => {
    if (isLost || method !== 'PUT') return 'serve';
    isLost = true;
    return 'lose';
  });
  await vi.waitUntil(() => isLost, { timeout: 30_000 });
  const { length } = api.writes;
  await vi.waitUntil(() => api.writes.length > length + 2, { timeout: 30_000 });
  expect(leadership.signal.aborted).toBe(false);
});

test('a candidate that acquired the lease without receiving the response releases it when it stops', async () => {
  const api = await startObjectApi();
  api.treat((method) => (method === 'POST' ? 'lose' : 'serve'));
  const a = startCandidate(api, 'a', SHORT);
  await vi.waitUntil(() => api.find(LEASE) !== undefined, { timeout: 30_000 });
  expect(specOf(api).holderIdentity).toMatch(/^a_/);
  await a.stop();
  expect(a.terms).toEqual([]);
  expect(specOf(api).holderIdentity).toBe('');
});

test('a candidate whose work ends early resigns and runs again', async () => {
  const api = await startObjectApi();
  const client = clientOf(api);
  const errors: unknown[] = [];
  const logger = { info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields) };
  const election = createLeaseElection({ name: 'worker', identity: 'a', ...FOREVER }, { client, logger });
  let calls = 0;
  election.start(async ({ signal }) => {
    calls++;
    if (calls === 1) return;
    if (calls === 2) throw new Error('work failed');
    await once(signal, 'abort');
  });
  await vi.waitUntil(() => calls === 3, { timeout: 30_000 });
  expect(specOf(api).leaseTransitions).toBe(2);
  expect(errors).toMatchObject([{ lease: 'worker', err: { message: 'work failed' } }]);
  await election.stop(AbortSignal.timeout(5_000));
});

test('stop gives up when its signal aborts', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a');
  const fenced = createFencedClient(a.client, await a.elected());
  api.treat(() => 'hang');
  const write = expect(fenced.create(configMaps, { metadata: { name: 'hanging' } })).rejects.toThrow('timeout');
  await vi.waitUntil(() => api.requests.some((each) => each.endsWith('/configmaps')), { timeout: 30_000 });
  await a.election.stop(AbortSignal.timeout(50));
  await write;
  expect(a.lines).toContain('failed to resign leadership: the lease will expire');
});

test('a process that was paused beyond its lease sends no write, although no timer has run yet', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a', SHORT);
  const leadership = await a.elected();
  const fenced = createFencedClient(a.client, leadership);
  const unconnected = createFencedClient(clientOf(api), leadership);
  await fenced.create(configMaps, { metadata: { name: 'before' } });
  // Calls that have started before the pause, but whose requests have not been sent.
  const started = [
    fenced.create(configMaps, { metadata: { name: 'during' } }),
    fenced.replace(configMaps, { metadata: { name: 'before' } }),
    fenced.patch(configMaps, 'before', {}, { type: 'merge' }),
    fenced.apply(configMaps, { metadata: { name: 'before' } }, { fieldManager: 'test' }),
    fenced.delete(configMaps, 'before'),
    fenced.create(configMaps, { metadata: { name: 'own signal' } }, { signal: new AbortController().signal }),
    unconnected.create(configMaps, { metadata: { name: 'connecting' } }),
  ];
  pauseProcess(SHORT.renewDeadlineMs + 50);
  expect(leadership.signal.aborted).toBe(false);
  started.push(fenced.create(configMaps, { metadata: { name: 'after' } }));
  const outcomes = await Promise.allSettled(started);
  expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'rejected'));
  expect(leadership.signal.aborted).toBe(true);
  expect(outcomes[5]).toMatchObject({ reason: expect.any(LeadershipLostError) });
  expect(api.requests.filter((each) => each.includes('configmaps'))).toHaveLength(1);
  // Reads are not fenced.
  expect(await fenced.get(configMaps, 'before')).toMatchObject({ metadata: { name: 'before' } });
});

test('a step of the wall clock beyond the deadline counts as a suspended machine', async () => {
  const api = await startObjectApi();
  const a = startCandidate(api, 'a');
  const leadership = await a.elected();
  vi.setSystemTime(Date.now() + FOREVER.renewDeadlineMs - 60_000);
  onTestFinished(() => void vi.useRealTimers());
  expect(leadership.valid()).toBe(true);
  vi.setSystemTime(Date.now() + 120_000);
  expect(leadership.valid()).toBe(false);
  expect(leadership.signal.aborted).toBe(true);
});

test('two candidates never lead at the same time while requests fail at random', async () => {
  const api = await startObjectApi();
  api.treat((method) => {
    const dice = Math.random();
    if (dice < 0.25) return 'fail';
    if (dice < 0.35) return 'hang';
    return dice < 0.45 && method !== 'GET' ? 'lose' : 'serve';
  });
  const candidates = ['a', 'b', 'c'].map((identity) =>
    startCandidate(api, identity, { leaseDurationMs: 1_000, renewDeadlineMs: 200, retryPeriodMs: 20 }),
  );
  const leaders = () => candidates.filter(({ terms }) => terms.at(-1)?.valid() === true);
  while (candidates.flatMap(({ terms }) => terms).length < 4) {
    expect(leaders().length).toBeLessThanOrEqual(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  api.treat(() => 'serve');
  await Promise.all(candidates.map(({ stop }) => stop()));
  expect(specOf(api).holderIdentity).toBe('');
});

test('the metric shows who leads', async () => {
  const api = await startObjectApi();
  const metrics = createMetrics();
  const election = createLeaseElection(
    { name: 'worker', identity: 'a', ...FOREVER },
    {
      client: clientOf(api),
      logger: { info: () => {}, warn: () => {}, error: () => {} },
      metrics: createElectionMetrics(metrics),
    },
  );
  expect((await metrics.expose()).body).toContain('leader_election_master_status{name="worker"} 0');
  const { promise: elected, resolve } = Promise.withResolvers<void>();
  election.start(async ({ signal }) => {
    resolve();
    await once(signal, 'abort');
  });
  await elected;
  expect((await metrics.expose()).body).toContain('leader_election_master_status{name="worker"} 1');
  await election.stop(AbortSignal.timeout(5_000));
  expect((await metrics.expose()).body).toContain('leader_election_master_status{name="worker"} 0');
});

test.each([
  { leaseDurationMs: 10_000 },
  { renewDeadlineMs: 2_000 },
  { retryPeriodMs: 9_000 },
  { leaseDurationMs: Number.NaN },
])('times that cannot keep two leaders apart are rejected: %j', async (times) => {
  const api = await startObjectApi();
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const create = () =>
    createLeaseElection({ name: 'worker', identity: 'a', ...times }, { client: clientOf(api), logger });
  expect(create).toThrow(RangeError);
});

/** Blocks the thread, so that neither timers nor I/O run, as while the process is stopped. */
function pauseProcess(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
