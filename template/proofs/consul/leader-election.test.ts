import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, type TestContext, test } from 'vitest';
import { createConsulClient } from '../../../pkg/consul/client.ts';
import { createKv } from '../../../pkg/consul/kv.ts';
import { createLeaderElection, type LeaderElection, type Leadership } from '../../../pkg/consul/leader-election.ts';
import { type ConsulAgent, startAgent } from '../../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../../test/support/consul/binary.ts';
import { LONG } from '../../support/long.ts';

const PROGRAM = fileURLToPath(new URL('testdata/candidate.ts', import.meta.url));

/** The minimum that Consul allows. The lock delay is short so that it does not dominate the measurement. */
const TTL_MS = 10_000;
const LOCK_DELAY_MS = 1_000;

/** The documented limit, and 8 s for a busy machine: Consul invalidates a session after at most twice its TTL. */
const TAKEOVER_LIMIT_MS = 2 * TTL_MS + LOCK_DELAY_MS + 8_000;

const KILLS = LONG ? 20 : 2;

type Cleanup = Pick<TestContext, 'onTestFinished'>;

interface Standby {
  election: LeaderElection;
  /** Resolves at the first election. */
  elected: Promise<Leadership>;
}

function startStandby(
  address: string,
  key: string,
  { onTestFinished }: Cleanup,
  { ttlMs = TTL_MS, lockDelayMs = LOCK_DELAY_MS }: { ttlMs?: number; lockDelayMs?: number } = {},
): Standby {
  const client = createConsulClient({ address });
  const first = Promise.withResolvers<Leadership>();
  const election = createLeaderElection(
    { key, candidate: 'standby', ttlMs, lockDelayMs },
    { client, logger: { info() {}, warn() {}, error() {} } },
  );
  election.start(async (leadership) => {
    first.resolve(leadership);
    await new Promise((resolve) => leadership.signal.addEventListener('abort', resolve, { once: true }));
  });
  onTestFinished(async () => {
    await election.stop(AbortSignal.timeout(2_000));
    client.close();
  });
  return { election, elected: first.promise };
}

interface Candidate {
  child: ChildProcess;
  lines: string[];
}

async function startCandidate(address: string, key: string, { onTestFinished }: Cleanup): Promise<Candidate> {
  const child = spawn(
    process.execPath,
    [PROGRAM, address, key, `${key}-written`, String(TTL_MS), String(LOCK_DELAY_MS)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('the child has no standard output');
  const written = Promise.withResolvers<void>();
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    if (line === 'written') written.resolve();
  });
  await written.promise;
  return { child, lines };
}

describeWithConsul('a leader', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startAgent();
  });
  afterAll(() => agent.stop());

  test.concurrent(`that is killed is replaced within 2 × TTL + lock delay, ${KILLS} times`, async (context) => {
    const { expect } = context;
    const keys = Array.from({ length: KILLS }, () => `test/${randomUUID()}`);
    const leaders = await Promise.all(keys.map((key) => startCandidate(agent.url, key, context)));
    const standbys = keys.map((key) => startStandby(agent.url, key, context));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(standbys.filter(({ election }) => election.leading)).toEqual([]);
    const startedAt = performance.now();
    for (const { child } of leaders) child.kill('SIGKILL');
    const durations = await Promise.all(
      standbys.map(({ elected }) => elected.then(() => performance.now() - startedAt)),
    );
    const worst = Math.round(Math.max(...durations));
    await context.annotate(`${KILLS} leaders killed, the slowest takeover took ${worst} ms of ${TAKEOVER_LIMIT_MS}`);
    expect(worst).toBeLessThan(TAKEOVER_LIMIT_MS);
  });

  test.concurrent('that was paused for more than twice its TTL tries to write, but no write takes effect', async (context) => {
    const { expect } = context;
    const key = `test/${randomUUID()}`;
    const { child, lines } = await startCandidate(agent.url, key, context);
    const { elected } = startStandby(agent.url, key, context);
    child.kill('SIGSTOP');
    const [leadership] = await Promise.all([elected, new Promise((resolve) => setTimeout(resolve, 2 * TTL_MS))]);
    const client = createConsulClient({ address: agent.url });
    context.onTestFinished(() => client.close());
    const kv = createKv(client);
    const { value: last } = await kv.get(`${key}-written`);
    const write = { verb: 'cas', key: `${key}-written`, value: 'new leader', index: last?.modifyIndex ?? 0 } as const;
    expect(await kv.transact([leadership.fence, write])).toBeDefined();
    const { value: own } = await kv.get(`${key}-written`);

    const before = lines.length;
    child.kill('SIGCONT');
    await expect.poll(() => lines.slice(before).filter((line) => line === 'rejected').length).toBeGreaterThan(20);
    const after = lines.slice(before);
    // A write sent before the pause may complete afterwards. No write sent after the pause takes effect.
    expect(after.slice(1)).not.toContain('written');
    expect((await kv.get(`${key}-written`)).value).toEqual(own);
    await context.annotate(
      `${after.filter((line) => line === 'rejected').length} writes of the previous leader rejected`,
    );
  });

  test.concurrent('that stops is replaced at once, without a lock delay', async (context) => {
    const key = `test/${randomUUID()}`;
    // Longer than the limit below.
    const options = { lockDelayMs: 60_000 };
    const first = startStandby(agent.url, key, context, options);
    const { signal } = await first.elected;
    const second = startStandby(agent.url, key, context, options);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedAt = performance.now();
    await first.election.stop(AbortSignal.timeout(2_000));
    context.expect(signal.aborted).toBe(true);
    await second.elected;
    context.expect(performance.now() - startedAt).toBeLessThan(30_000);
    context.expect([first.election.leading, second.election.leading]).toEqual([false, true]);
  });

  test.concurrent('whose session is destroyed externally is notified before it renews the session and can be elected again', async (context) => {
    const { expect } = context;
    const key = `test/${randomUUID()}`;
    // Renewed after 100 s.
    const { election, elected } = startStandby(agent.url, key, context, { ttlMs: 300_000 });
    const { signal, fence } = await elected;
    if (fence.verb !== 'check-session') throw new Error(fence.verb);
    await agent.api('PUT', `/session/destroy/${fence.session}`);
    await expect.poll(() => signal.aborted).toBe(true);
    await expect.poll(() => election.leading).toBe(true);
  });

  test.concurrent('whose agent hangs is notified before Consul may elect another', async (context) => {
    const hanging = await startAgent();
    context.onTestFinished(() => hanging.stop());
    const lockDelayMs = 5_000;
    const { elected, election } = startStandby(hanging.url, `test/${randomUUID()}`, context, { lockDelayMs });
    const { signal } = await elected;
    hanging.pause();
    const startedAt = performance.now();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    context.expect(performance.now() - startedAt).toBeLessThan(TTL_MS + lockDelayMs);
    context.expect(election.leading).toBe(false);
    hanging.resume();
    await context.expect.poll(() => election.leading).toBe(true);
  });
});
