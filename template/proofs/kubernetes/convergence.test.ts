import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cpuMicrosOf, peakMiBOf, residentMiBOf } from '../../bench/proc.ts';
import { amount } from '../../support/amount.ts';
import type { AuditEvent } from '../../support/kubernetes/audit-log.ts';
import { conditionOf, hasCounts, times } from '../../support/kubernetes/job-trackers.ts';
import { createWorkspace, startServer } from './environment.ts';

const TRACKERS = 1_000;
const JOBS_PER_TRACKER = 5;
const JOBS = TRACKERS * JOBS_PER_TRACKER;
/** With the trackers and the Jobs, 10,000 objects. */
const PODS = 4_000;
const MEMORY_LIMIT_MIB = 192;
/** As in the image, whose percentage is of the chart's memory limit, 256 MiB. */
const NODE_OPTIONS = '--max-old-space-size=128 --max-semi-space-size=4';
const STEADY_SECONDS = amount('STEADY_SECONDS', { short: 10, long: 120 });
const LIMIT_MS = 300_000;

const server = await startServer();

test('1,000 JobTrackers with 5,000 Jobs converge, within 192 MiB, and then nothing is written', async () => {
  const workspace = await createWorkspace(server);
  await times(TRACKERS, (index) => workspace.createTracker(`t${index}`, JOBS_PER_TRACKER));
  await times(JOBS, (index) => {
    const node = index < PODS ? { node: `node-${index % 7}` } : {};
    return workspace.createJob(`j${index}`, { tracker: `t${index % TRACKERS}`, ...node });
  });

  const startedAt = Date.now();
  const controller = await workspace.start('controller', { env: { NODE_OPTIONS } });
  await workspace.until((tracker) => hasCounts(tracker, { active: JOBS_PER_TRACKER }), 'all Jobs active', LIMIT_MS);
  const converged = lastWrite() - startedAt;
  const convergedCpu = cpuSeconds();

  const finishedAt = Date.now();
  await times(JOBS, (index) => workspace.finishJob(`j${index}`, index % 10 === 0 ? 'failed' : 'succeeded'));
  const trackers = await workspace.until(({ status }) => status?.active === 0, 'no Job active', LIMIT_MS);
  const finished = lastWrite() - finishedAt;
  const cpu = cpuSeconds();

  for (const tracker of trackers) {
    const index = Number(tracker.metadata.name.slice(1));
    const failed = index % 10 === 0 ? JOBS_PER_TRACKER : 0;
    expect(tracker.status).toMatchObject({ active: 0, failed, succeeded: JOBS_PER_TRACKER - failed });
    expect(conditionOf(tracker, 'Ready')?.status).toBe(failed === 0 ? 'True' : 'False');
    expect(conditionOf(tracker, 'Degraded')?.status).toBe(failed === 0 ? 'False' : 'True');
    const nodes = Array.from({ length: JOBS_PER_TRACKER }, (_, job) => index + job * TRACKERS);
    const expected = new Set(nodes.filter((job) => job < PODS).map((job) => `node-${job % 7}`));
    expect(tracker.status?.nodes ?? []).toEqual([...expected].sort());
  }

  await untilQuiet();
  server.audit.clear();
  const steadyCpu = cpuSeconds();
  await delay(STEADY_SECONDS * 1_000);
  const written = writes();
  const figures = {
    converged_s: converged / 1_000,
    converged_cpu_s: convergedCpu,
    finished_s: finished / 1_000,
    finished_cpu_s: cpu - convergedCpu,
    steady_cpu_s: (cpuSeconds() - steadyCpu).toFixed(2),
    steady_s: STEADY_SECONDS,
    rss_mib: residentMiBOf(controller.pid),
    peak_rss_mib: peakMiBOf(controller.pid),
    load: loadavg()[0],
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(written).toEqual([]);
  expect(figures.peak_rss_mib, 'peak of the resident memory, MiB').toBeLessThan(MEMORY_LIMIT_MIB);
  expect(controller.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);

  /** Renewals of the Lease are no work. */
  function writes(): AuditEvent[] {
    return server.audit.writes().filter(({ objectRef }) => objectRef?.resource !== 'leases');
  }
  /** Events are written one after the other, so the last ones arrive after the last status. */
  async function untilQuiet(): Promise<void> {
    let count = -1;
    for (const limit = performance.now() + LIMIT_MS; count !== writes().length; await delay(3_000)) {
      if (performance.now() > limit) throw new Error('the writes do not end');
      count = writes().length;
    }
  }
  function cpuSeconds(): number {
    return cpuMicrosOf(controller.pid) / 1e6;
  }
  function lastWrite(): number {
    return Date.parse(workspace.trackerWrites().at(-1)?.stageTimestamp ?? '');
  }
}, 900_000);
