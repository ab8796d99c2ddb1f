import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('testdata/program.ts', import.meta.url));
const LIMIT_MS = 60_000;

type Line = { level: string; message: string } & Record<string, unknown>;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts the program in a separate process and reads its log. */
function startProgram(scenario: string) {
  const child = spawn(process.execPath, [PROGRAM, scenario], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const closed = once(child, 'close', { signal: AbortSignal.timeout(LIMIT_MS) });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text));
    for (const check of waiting) check();
  });

  /** Resolves with the first line that has this message, limited by the test's timeout. */
  function line(message: string): Promise<Line> {
    return new Promise((resolve) => {
      const check = () => {
        const found = lines.find((candidate) => candidate.message === message);
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  }

  return {
    line,
    /** Sends the signal and resolves with the log line that it causes. */
    async signal(name: NodeJS.Signals, message: string): Promise<Line> {
      child.kill(name);
      return line(message);
    },
    kill: (name: NodeJS.Signals) => child.kill(name),
    async exited() {
      const [code, signal] = await closed;
      return { code, signal, messages: lines.map((entry) => entry.message) };
    },
  };
}

test.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)('%s stops the components and exits 0', async (signal) => {
  const program = startProgram('idle');
  await program.line('started');
  expect(await program.signal(signal, 'stopping')).toMatchObject({ level: 'info', reason: signal });
  expect(await program.exited()).toEqual({
    code: 0,
    signal: null,
    messages: [
      'recorder started',
      'started',
      'stopping',
      'drain delay over',
      'recorder stopped',
      'components stopped',
      'stopped',
    ],
  });
  expect(await program.line('stopped')).toMatchObject({ reason: signal, exit_code: 0 });
});

test.each(['SIGTERM', 'SIGINT'] as const)('a second signal, %s, exits immediately with 1', async (second) => {
  const program = startProgram('hangingStop');
  await program.line('started');
  await program.signal('SIGTERM', 'drain delay over');
  program.kill(second);
  const { code, signal, messages } = await program.exited();
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(messages.at(-1)).toBe('second signal, exiting at once');
  expect(await program.line('second signal, exiting at once')).toMatchObject({
    level: 'fatal',
    signal: second,
    open: [{ component: 'worker', phase: 'stop' }],
  });
});

test.each(['SIGHUP', 'SIGUSR2'] as const)('%s is logged and changes nothing', async (signal) => {
  const program = startProgram('idle');
  await program.line('started');
  expect(await program.signal(signal, `${signal} ignored`)).toMatchObject({ level: 'info' });
  await program.signal('SIGTERM', 'stopping');
  expect((await program.exited()).code).toBe(0);
});

test('a signal during the start stops the started components and exits 0', async () => {
  const program = startProgram('hangingStart');
  await program.line('recorder started');
  program.kill('SIGTERM');
  const { code, messages } = await program.exited();
  expect(code).toBe(0);
  expect(messages).toContain('recorder stopped');
  expect(await program.line('time limit reached, still open')).toMatchObject({
    open: [{ component: 'database', phase: 'start' }],
  });
});

test('a component left behind with an open socket neither keeps the process alive nor changes the exit code', async () => {
  const program = startProgram('openSocket');
  await program.line('started');
  await program.signal('SIGTERM', 'stopping');
  expect((await program.exited()).code).toBe(0);
  expect(await program.line('stopped')).toMatchObject({ open: [{ component: 'server', phase: 'stop' }] });
});

test('at the hard deadline, the process exits with 1 and logs what was still open', async () => {
  const program = startProgram('blockedStop');
  await program.line('started');
  program.kill('SIGTERM');
  const { code, messages } = await program.exited();
  expect(code).toBe(1);
  expect(messages.at(-1)).toBe('hard deadline, exiting at once');
  expect(await program.line('hard deadline, exiting at once')).toMatchObject({
    level: 'fatal',
    limit_ms: 3400,
    open: [{ component: 'worker', phase: 'stop' }],
  });
});

test.each([
  ['exception', 'uncaught exception'],
  ['rejection', 'unhandled rejection'],
])('an uncaught %s is logged with its stack, stops the components and exits 1', async (scenario, message) => {
  const program = startProgram(scenario);
  const { code, messages } = await program.exited();
  expect(code).toBe(1);
  expect(messages).toContain('recorder stopped');
  expect(messages.at(-1)).toBe('stopped');
  const logged = await program.line(message);
  expect(logged.level).toBe('fatal');
  expect(logged.err).toMatch(/^TypeError: lost\n\s+at .*program\.ts/);
});

test('a failed start is logged with its component and error, stops the started components and exits 1', async () => {
  const program = startProgram('portInUse');
  const { code, messages } = await program.exited();
  expect(code).toBe(1);
  expect(messages).toContain('recorder stopped');
  const logged = await program.line('start failed');
  expect(logged).toMatchObject({ level: 'fatal', component: 'listener', phase: 'start' });
  expect(logged.err).toContain('EADDRINUSE');
});

test('Node ends although a program listens to signals', async () => {
  const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {})"]);
  expect(await once(child, 'close', { signal: AbortSignal.timeout(LIMIT_MS) })).toEqual([0, null]);
});
