import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { createTestAuthority } from '../../test/support/test-authority.ts';
import { amount } from '../support/amount.ts';
import { DRAIN_DELAY_MS, type DrainOptions, type DrainRun, runDrain } from './drain-run.ts';

const RUNS = amount('DRAIN_RUNS', { short: 1, long: 20 });
const RUN_LIMIT_MS = 90_000;
/** For a busy machine. A shutdown that waited for a connection would take until its time limit of 30 s. */
const MARGIN_MS = 5_000;

const PROGRAMS = [
  { name: 'the service', hasSlowRoute: false },
  { name: 'a service with a 3-second response', hasSlowRoute: true, program: 'template/proofs/slow-service.ts' },
];

const figures: Record<string, number | string>[] = [];
afterAll(() => {
  process.stdout.write(`${figures.map((figure) => JSON.stringify(figure)).join('\n')}\n`);
});

test.each(PROGRAMS)(
  `SIGTERM under full load loses no request: $name, ${RUNS} run(s)`,
  ({ name, ...options }) => drainTimes(name, options),
  RUNS * RUN_LIMIT_MS,
);

test(
  `SIGTERM under full load loses no request: the service over TLS, ${RUNS} run(s)`,
  async () => {
    const authority = await createTestAuthority();
    const { cert, key } = await authority.issue('CN=localhost');
    const folder = temporaryFiles({ 'tls.crt': cert, 'tls.key': key });
    const env = {
      SKIFF_HTTP_TLS_CERT_FILE: join(folder, 'tls.crt'),
      SKIFF_HTTP_TLS_KEY_FILE: join(folder, 'tls.key'),
    };
    await drainTimes('the service over TLS', { hasSlowRoute: false, ca: authority.cert, env });
  },
  RUNS * RUN_LIMIT_MS,
);

async function drainTimes(name: string, options: DrainOptions): Promise<void> {
  for (let run = 1; run <= RUNS; run++) {
    const drained = await runDrain(options);
    figures.push({ program: name, run, ...figuresOf(drained) });
    expectNoRequestLost(drained);
    expectCloseAnnounced(drained);
    expectCorrectProbes(drained);
    expectAllRequestsRecorded(drained, options.hasSlowRoute);
    expect(drained.exit).toMatchObject({ code: 0, stderr: '' });
    expect(drained.exitMs).toBeLessThan(DRAIN_DELAY_MS + drained.longestMs + MARGIN_MS);
  }
}

function expectNoRequestLost({ stopped, stoppedStreams, failuresElsewhere, idleEnded }: DrainRun): void {
  expect(stopped.succeeded).toBeGreaterThan(1000);
  expect(stopped.pipelined).toBeGreaterThan(100);
  expect([...stopped.failures, ...stoppedStreams.failures, ...failuresElsewhere]).toEqual([]);
  expect(stopped.withoutResponse / stopped.pipelined).toBeLessThan(1 / 10_000);
  expect(idleEnded, 'how the idle connection was closed').toBeUndefined();
}

function expectCloseAnnounced({ stopped, stoppedStreams }: DrainRun): void {
  // 150 clients keep their connection and send a request at least every 500 ms. How many others there are depends on
  // the machine, so the lower limit is small.
  expect(stopped.usedWhileDraining).toBeGreaterThan(10);
  expect([stopped.unannounced, stoppedStreams.unannounced]).toEqual([0, 0]);
}

function expectCorrectProbes({ stopped, readiness, liveness, exitMs }: DrainRun): void {
  expect(stopped.drainingSince - stopped.stoppingSince).toBeLessThan(DRAIN_DELAY_MS);
  const since = readiness.findIndex(({ status }) => status === 503);
  const succeeded = readiness.slice(since, -1);
  expect(succeeded.filter(({ status }) => status !== 503)).toEqual([]);

  const alive = liveness.slice(0, -1);
  expect(alive.filter(({ status }) => status !== 200)).toEqual([]);
  const lastSeenMs = (alive.at(-1)?.sentAt ?? 0) - stopped.stoppingSince;
  expect(exitMs - lastSeenMs, 'from the last good liveness probe to the exit').toBeLessThan(MARGIN_MS);
  expect(lastSeenMs).toBeGreaterThan(DRAIN_DELAY_MS);
}

function expectAllRequestsRecorded({ stopped, stoppedStreams, lines }: DrainRun, scraped: boolean): void {
  const succeeded = stopped.succeeded + stoppedStreams.succeeded;
  const access = lines.filter(({ msg }) => msg === 'request');
  expect(access.filter(({ aborted }) => aborted === undefined)).toHaveLength(succeeded);
  expect(lines.at(-1)).toMatchObject({ msg: 'stopped', exit_code: 0 });
  if (scraped) expect(countedIn(lines)).toBe(succeeded);
}

/** Returns the sum of `http_requests_total` for 2xx codes in the scrape that the program made after its last request. */
function countedIn(lines: DrainRun['lines']): number {
  const text = String(lines.find(({ msg }) => msg === 'last scrape')?.metrics);
  const counts = text.matchAll(/^http_requests_total\{.*code="2\d\d"\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

function figuresOf({ stopped, stoppedStreams, exitMs, longestMs, exit }: DrainRun) {
  return {
    succeeded: stopped.succeeded,
    failed: stopped.failures.length,
    raced: stopped.raced,
    pipelined: stopped.pipelined,
    withoutResponse: stopped.withoutResponse,
    streamed: stoppedStreams.pipelined,
    inFlightAfterClose: stoppedStreams.withoutResponse,
    announcedClose: stopped.usedWhileDraining - stopped.unannounced,
    notReadyAfterMs: Math.round(stopped.drainingSince - stopped.stoppingSince),
    exitMs: Math.round(exitMs),
    budgetMs: DRAIN_DELAY_MS + longestMs + MARGIN_MS,
    exitCode: String(exit.code),
  };
}
