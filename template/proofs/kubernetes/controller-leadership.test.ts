import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { amount } from '../../support/amount.ts';
import { type AuditEvent, podOf } from '../../support/kubernetes/audit-log.ts';
import type { ControllerProcess } from '../../support/kubernetes/controller-process.ts';
import { hasCounts, times } from '../../support/kubernetes/job-trackers.ts';
import { createWorkspace, isTrackerWrite, startServer, succeeded, type Workspace } from './environment.ts';

const ROUNDS = amount('ROUNDS', { short: 3, long: 50 });
const TRACKERS = 20;
/** The lease lasts 15 s. */
const TAKEOVER_LIMIT_MS = 45_000;

const server = await startServer();

interface Claim {
  readonly at: string;
  readonly pod: string | undefined;
}

/** Returns who wrote the Lease, in the order of the API server's responses. */
function claims(workspace: Workspace): Claim[] {
  return workspace
    .writes()
    .filter((event) => event.objectRef?.resource === 'leases' && succeeded(event))
    .map((event) => ({ at: event.stageTimestamp, pod: podOf(event) }))
    .toSorted((a, b) => a.at.localeCompare(b.at));
}

/** Returns successful changes of trackers by a process that did not hold the Lease when the API server received them. */
function writesOutOfTurn(workspace: Workspace): AuditEvent[] {
  const history = claims(workspace);
  return workspace.trackerWrites().filter((event) => {
    const { requestReceivedTimestamp: at } = event;
    const holder = history.findLast((claim) => claim.at <= at)?.pod;
    // The response to a claim may have been logged after the claimant's first write arrived.
    const next = history.find((claim) => claim.at > at)?.pod;
    return podOf(event) !== holder && podOf(event) !== next;
  });
}

/** Waits until a pod other than `previous` changes trackers, and returns its name. */
async function nextWorker(previous: string | undefined, since: string): Promise<string> {
  const isNext = (event: AuditEvent) =>
    isTrackerWrite(event) && succeeded(event) && podOf(event) !== previous && event.stageTimestamp > since;
  return podOf(await server.audit.event(isNext, 'write of another process', TAKEOVER_LIMIT_MS)) ?? '';
}

/** Changes trackers again and again, each time so that their status has to be written. */
function keepChanging({ path }: Workspace): () => Promise<number> {
  let running = true;
  const changes = (async () => {
    let count = 0;
    for (; running; count += 1) {
      await server.api('PATCH', path(`t${count % TRACKERS}`), { spec: { size: (count % 1_000) + 1 } });
      await delay(10);
    }
    return count;
  })();
  return () => {
    running = false;
    return changes;
  };
}

test(`leaders killed or stopped past their lease and continued, ${ROUNDS} times, never work at the same time`, async () => {
  const workspace = await createWorkspace(server);
  await times(TRACKERS, (index) => workspace.createTracker(`t${index}`, 1));
  const processes = new Map<string, ControllerProcess>();
  let started = 0;
  const startAnother = async () => {
    started += 1;
    processes.set(`controller-${started}`, await workspace.start(`controller-${started}`));
  };
  await Promise.all([startAnother(), startAnother()]);
  const stopChanging = keepChanging(workspace);
  let leader = await nextWorker(undefined, '');
  for (let round = 0; round < ROUNDS; round += 1) {
    const since = new Date().toISOString();
    const isKilled = round % 2 === 0;
    processes.get(leader)?.kill(isKilled ? 'SIGKILL' : 'SIGSTOP');
    if (isKilled) await startAnother();
    const next = await nextWorker(leader, since);
    // Continues while the next one is at work.
    if (!isKilled) processes.get(leader)?.kill('SIGCONT');
    await delay(1_000);
    leader = next;
  }
  const changes = await stopChanging();
  await workspace.until((tracker) => hasCounts(tracker, {}), 'the last change observed');
  expect(writesOutOfTurn(workspace)).toEqual([]);
  expect(new Set(claims(workspace).map(({ pod }) => pod)).size).toBeGreaterThan(1);
  process.stdout.write(`${ROUNDS} rounds, ${changes} changes, ${workspace.trackerWrites().length} writes\n`);
}, 3_600_000);

test('when a leader stops, another one works without waiting for the lease to expire', async () => {
  const workspace = await createWorkspace(server);
  await workspace.createTracker('t0', 1);
  const first = await workspace.start('first');
  await workspace.until((tracker) => hasCounts(tracker, {}), 'status written');
  const second = await workspace.start('second');
  await second.readiness(200);
  const stoppedAt = performance.now();
  first.kill('SIGTERM');
  expect(await first.exit).toMatchObject({ code: 0 });
  await workspace.createJob('job', { tracker: 't0' });
  await workspace.until((tracker) => hasCounts(tracker, { active: 1 }), 'Job counted');
  // The lease, renewed every 2 s, would expire after 13 s at the earliest.
  expect(performance.now() - stoppedAt).toBeLessThan(12_500);
  expect(writesOutOfTurn(workspace)).toEqual([]);
});
