/** Tests signals while the service starts, as a normal process and as PID 1, as in a container. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { amount } from '../../support/amount.ts';

const ROOT = join(import.meta.dirname, '../../..');
const AS_PID_1 = ['unshare', '--pid', '--fork', '--kill-child'];
const LIMIT_MS = 60_000;
/** Number of delays to try, spread over the duration of a start. */
const DELAYS = amount('START_SIGNALS', { short: 4, long: 40 });

const build = mkdtempSync(join(tmpdir(), 'start-signals-'));
const BUILT = join(build, 'dist/cmd/server/main.js');
beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build/main.ts')], { cwd: ROOT, stdio: 'ignore' });
  execFileSync('cp', ['-r', join(ROOT, 'dist'), build]);
});
afterAll(() => rmSync(build, { recursive: true }));

interface Launch {
  program: string;
  launcher?: readonly string[];
}

function launch({ program, launcher = [] }: Launch) {
  const startedAt = performance.now();
  const [command = '', ...args] = [...launcher, process.execPath, program];
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, SKIFF_ENVIRONMENT: 'test', SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A separate process group, so that a failing test can kill all its processes.
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('failed to start the process');
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const exited = once(child, 'close', { signal: AbortSignal.timeout(LIMIT_MS) }).then(
    ([code, signal]) => ({ code, signal, output }),
    () => {
      process.kill(-pid, 'SIGKILL');
      return { code: 'still running', signal: null, output };
    },
  );
  return {
    startedAt,
    pid,
    exited,
    async started(): Promise<number> {
      await expect.poll(() => output, { timeout: LIMIT_MS, interval: 5 }).toContain('"msg":"started"');
      return performance.now() - startedAt;
    },
  };
}

/** Returns the pid of Node: the child itself, or the process that `unshare` has forked. */
async function nodePid(pid: number, { launcher = [] }: Launch): Promise<number> {
  if (launcher.length === 0) return pid;
  for (;;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (children !== '') return Number(children);
    await wait(1);
  }
}

/**
 * Waits until the program's signal handlers are installed. Checks SIGUSR2, whose handler is installed last. SIGTERM cannot be
 * checked: Node itself handles it by raising it again, which has no effect on PID 1.
 */
async function handlersReady(pid: number): Promise<void> {
  for (;;) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const caught = BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(status)?.[1] ?? '0'}`);
    if ((caught >> BigInt(constants.signals.SIGUSR2 - 1)) & 1n) return;
    await wait(1);
  }
}

const isRoot = process.getuid?.() === 0;
const CASES: [string, Launch][] = [
  ['the sources', { program: join(ROOT, 'cmd/server/main.ts') }],
  ['the build', { program: BUILT }],
  ['the sources as PID 1', { program: join(ROOT, 'cmd/server/main.ts'), launcher: AS_PID_1 }],
  ['the build as PID 1', { program: BUILT, launcher: AS_PID_1 }],
];

for (const [name, options] of CASES) {
  const needsRoot = options.launcher !== undefined;
  test.skipIf(needsRoot && !isRoot)(
    `SIGTERM at any time during the start exits with 0: ${name}${needsRoot ? ' (skipped: unshare requires root)' : ''}`,
    async () => {
      const first = launch(options);
      const pid = await nodePid(first.pid, options);
      const startMs = await first.started();
      process.kill(pid, 'SIGTERM');
      expect((await first.exited).code).toBe(0);

      for (let i = 0; i < DELAYS; i++) {
        const run = launch(options);
        const node = await nodePid(run.pid, options);
        await handlersReady(node);
        const handledMs = performance.now() - run.startedAt;
        await wait((i / DELAYS) * Math.max(0, 1.2 * startMs - handledMs));
        process.kill(node, 'SIGTERM');
        const { code, signal, output } = await run.exited;
        expect({ code, signal }, `signal ${i} of ${DELAYS}: ${output}`).toEqual({ code: 0, signal: null });
      }
    },
    240_000,
  );
}

test('the signal handlers are installed within the first half of a start, before settings and most imports are loaded', async () => {
  const shares: number[] = [];
  for (let i = 0; i < 5; i++) {
    const run = launch({ program: BUILT });
    await handlersReady(run.pid);
    const readyMs = performance.now() - run.startedAt;
    shares.push(readyMs / (await run.started()));
    process.kill(run.pid, 'SIGTERM');
    await run.exited;
  }
  // The median, because on a busy machine a process may have to wait at any time.
  expect(shares.toSorted((a, b) => a - b)[2], shares.join()).toBeLessThan(1 / 2);
});

test.each(['SIGHUP', 'SIGUSR2'] as const)('%s during the start is ignored', async (signal) => {
  const run = launch({ program: BUILT });
  await handlersReady(run.pid);
  process.kill(run.pid, signal);
  await run.started();
  process.kill(run.pid, 'SIGQUIT');
  expect((await run.exited).code).toBe(0);
});
