import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StopTimes } from './budget.ts';
import { createLifecycle } from './lifecycle.ts';
import type { Part, Phase } from './part.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TIMES: StopTimes = { drainDelayMs: 1000, shutdownTimeoutMs: 5000, flushTimeoutMs: 500 };
const PHASES: Phase[] = ['start', 'withdraw', 'stop', 'flush'];

/**
 * A lifecycle whose clock the test moves, with an emitter for the process: real signals to real processes are in
 * signals.test.ts. `events` has what happened to the parts, with the time since the beginning in milliseconds.
 */
function setUp(times: Partial<StopTimes> = {}) {
  const process = Object.assign(new EventEmitter(), { exit: vi.fn<(code: number) => void>() });
  const flushLogSync = vi.fn();
  const log: { level: string; message: string; fields: object }[] = [];
  const write = (level: string) => (fields: object, message: string) => void log.push({ level, message, fields });
  const logger = { info: write('info'), warn: write('warn'), error: write('error'), fatal: write('fatal') };
  const lifecycle = createLifecycle({ ...TIMES, ...times }, { logger, process, flushLogSync });
  const events: string[] = [];
  const begunAt = performance.now();

  /** A part that records each call; `takes` says how long a phase takes, `does` what else it does. */
  function part(name: string, takes: Partial<Record<Phase, number>> = {}, does: Partial<Part> = {}): Part {
    const recording: Part = { name };
    for (const phase of PHASES) {
      recording[phase] = async (signal) => {
        events.push(`${performance.now() - begunAt} ${phase} ${name}${signal.aborted ? ' (aborted)' : ''}`);
        const ms = takes[phase] ?? 0;
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        await does[phase]?.(signal);
      };
    }
    return recording;
  }

  const messages = () => log.map((entry) => entry.message);
  const logged = (message: string) => log.find((entry) => entry.message === message);
  return { lifecycle, process, flushLogSync, log, logger, messages, logged, events, part };
}

const never = () => new Promise<void>(() => {});

function failing(message: string) {
  return () => Promise.reject(new Error(message));
}

test('parts start in order, are withdrawn together, and stop and flush in reverse order', async () => {
  const { lifecycle, events, part } = setUp();
  const run = lifecycle.run([
    part('a', { start: 10, stop: 20, flush: 5 }),
    part('b', { start: 10, withdraw: 50, stop: 30 }),
    part('c', { withdraw: 50 }),
  ]);
  await vi.advanceTimersByTimeAsync(100);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  expect(await run).toBe(0);
  expect(events).toEqual([
    '0 start a',
    '10 start b',
    '20 start c',
    '100 withdraw a',
    '100 withdraw b',
    '100 withdraw c',
    '1100 stop c',
    '1100 stop b',
    '1130 stop a',
    '1150 flush c',
    '1150 flush b',
    '1150 flush a',
  ]);
});

test('each phase is logged in plain words, with its duration', async () => {
  const { lifecycle, log, part } = setUp();
  const run = lifecycle.run([part('a', { start: 10, stop: 20, flush: 5 })]);
  await vi.advanceTimersByTimeAsync(100);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  await run;
  expect(log.map(({ level, message, fields }) => [level, message, fields])).toEqual([
    ['info', 'started', { duration_ms: 10 }],
    ['info', 'stopping', { reason: 'test' }],
    ['info', 'drain delay over', { duration_ms: 1000 }],
    ['info', 'parts stopped', { duration_ms: 20 }],
    ['info', 'stopped', { reason: 'test', exit_code: 0, duration_ms: 1025 }],
  ]);
});

test('without a drain delay parts stop as soon as all are withdrawn', async () => {
  const { lifecycle, events, part } = setUp({ drainDelayMs: 0 });
  const run = lifecycle.run([part('a'), part('b', { withdraw: 300 })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(400);
  await run;
  expect(events.slice(2)).toEqual([
    '0 withdraw a',
    '0 withdraw b',
    '300 stop b',
    '300 stop a',
    '300 flush b',
    '300 flush a',
  ]);
});

test('a part that hangs while withdrawing is left behind after 2 s, and all parts still stop', async () => {
  const { lifecycle, events, logged, part } = setUp({ drainDelayMs: 0 });
  const run = lifecycle.run([part('a'), part('b', {}, { withdraw: never })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2100);
  expect(await run).toBe(0);
  expect(events.filter((event) => event.includes('stop'))).toEqual(['2001 stop b', '2001 stop a']);
  expect(logged('time limit reached, still open')).toMatchObject({
    level: 'warn',
    fields: { phase: 'withdraw', limit_ms: 2000, open: [{ part: 'b', phase: 'withdraw' }] },
  });
});

test('a failing withdraw, stop or flush is logged with its part, and the others still get their turn', async () => {
  const { lifecycle, events, log, part } = setUp({ drainDelayMs: 0 });
  const broken = { withdraw: failing('w'), stop: failing('s'), flush: failing('f') };
  const run = lifecycle.run([part('a'), part('b', {}, broken)]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
  expect(events.at(-1)).toBe('0 flush a');
  expect(log.filter(({ level }) => level === 'error')).toEqual([
    { level: 'error', message: 'withdraw failed', fields: { part: 'b', phase: 'withdraw', err: new Error('w') } },
    { level: 'error', message: 'stop failed', fields: { part: 'b', phase: 'stop', err: new Error('s') } },
    { level: 'error', message: 'flush failed', fields: { part: 'b', phase: 'flush', err: new Error('f') } },
  ]);
});

test('a step that throws synchronously fails like one that rejects', async () => {
  const { lifecycle, messages, part } = setUp({ drainDelayMs: 0 });
  const rude: Part = {
    name: 'rude',
    stop() {
      throw new Error('no');
    },
  };
  const run = lifecycle.run([rude, part('b')]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
  expect(messages()).toContain('stop failed');
});

test('a failing start stops what had started, in reverse order and without a drain delay, and gives 1', async () => {
  const { lifecycle, events, logged, part } = setUp();
  const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
  const run = lifecycle.run([part('a'), part('b'), part('c', {}, { start: () => Promise.reject(error) }), part('d')]);
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(1);
  expect(events).toEqual([
    '0 start a',
    '0 start b',
    '0 start c',
    '0 withdraw a',
    '0 withdraw b',
    '0 stop b',
    '0 stop a',
    '0 flush b',
    '0 flush a',
  ]);
  expect(logged('start failed')).toEqual({
    level: 'fatal',
    message: 'start failed',
    fields: { err: error, part: 'c', phase: 'start' },
  });
  expect(logged('stopping')).toMatchObject({ fields: { reason: 'start of c failed' } });
});

test('a stop during the start aborts the start, starts nothing more and gives 0', async () => {
  const { lifecycle, events, logged, part } = setUp();
  const start = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const run = lifecycle.run([part('a'), part('b', {}, { start }), part('c')]);
  await vi.advanceTimersByTimeAsync(100);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
  expect(events).toEqual(['0 start a', '0 start b', '100 withdraw a', '100 stop a', '100 flush a']);
  expect(logged('start given up')).toMatchObject({ level: 'warn', fields: { part: 'b' } });
});

test('a part whose start comes about in spite of the abort is stopped too', async () => {
  const { lifecycle, events, part } = setUp();
  const run = lifecycle.run([part('a'), part('b', { start: 400 })]);
  await vi.advanceTimersByTimeAsync(100);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(400);
  expect(await run).toBe(0);
  expect(events).toEqual([
    '0 start a',
    '0 start b',
    '100 withdraw a',
    '400 stop b',
    '400 stop a',
    '400 flush b',
    '400 flush a',
  ]);
});

test('the signal of start does not abort when a stop comes after the start', async () => {
  let given: AbortSignal | undefined;
  const { lifecycle, part } = setUp();
  const start = (signal: AbortSignal) => {
    given = signal;
  };
  const run = lifecycle.run([part('a', {}, { start })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  await run;
  expect(given?.aborted).toBe(false);
});

test('a stop before the run starts nothing and gives 0', async () => {
  const { lifecycle, events, part } = setUp();
  lifecycle.stop('test');
  const run = lifecycle.run([part('a')]);
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
  expect(events).toEqual([]);
});

test('a part that exceeds the shutdown time is named, its signal aborts, the others get their turn, and it is 0', async () => {
  const { lifecycle, events, log, logged, part } = setUp({ drainDelayMs: 0 });
  let aborted = false;
  const stop = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    return never();
  };
  const run = lifecycle.run([part('a'), part('b', {}, { stop }), part('c', { stop: 1000 })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(6000);
  expect(await run).toBe(0);
  expect(aborted).toBe(true);
  expect(events.filter((event) => event.includes('stop'))).toEqual([
    '0 stop c',
    '1000 stop b',
    expect.stringMatching(/^5083\.?\d* stop a \(aborted\)$/),
  ]);
  expect(events.filter((event) => event.includes('flush'))).toHaveLength(3);
  expect(log.filter(({ level }) => level !== 'info')).toEqual([
    {
      level: 'warn',
      message: 'time limit reached, still open',
      fields: { phase: 'stop', limit_ms: 5000, open: [{ part: 'b', phase: 'stop' }] },
    },
  ]);
  expect(logged('stopped')?.fields).toMatchObject({ exit_code: 0, open: [{ part: 'b', phase: 'stop' }] });
});

test('a part that obeys its signal at the end of the shutdown time is not open any more', async () => {
  const { lifecycle, logged, part } = setUp({ drainDelayMs: 0 });
  const stop = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 50)));
  const run = lifecycle.run([part('a', {}, { stop })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(6000);
  expect(await run).toBe(0);
  expect(logged('stopped')?.fields).toEqual({ reason: 'test', exit_code: 0, duration_ms: 5050 });
});

test('everything hanging still ends regularly, before the hard deadline', async () => {
  const { lifecycle, process, events, part } = setUp();
  const hanging = { withdraw: never, stop: never, flush: never };
  const parts = Array.from({ length: 20 }, (_, index) => part(`p${index}`, {}, hanging));
  const run = lifecycle.run(parts);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(8499);
  expect(await run).toBe(0);
  expect(events.filter((event) => event.includes('flush'))).toHaveLength(20);
  expect(process.exit).not.toHaveBeenCalled();
});

test('a late rejection of a part that was left behind is logged, and not unhandled', async () => {
  const { lifecycle, logged, part } = setUp({ drainDelayMs: 0 });
  const work = Promise.withResolvers<void>();
  const run = lifecycle.run([part('a', {}, { stop: () => work.promise })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(6000);
  await run;
  work.reject(new Error('late'));
  await vi.advanceTimersByTimeAsync(0);
  expect(logged('stop failed')).toMatchObject({ fields: { err: new Error('late') } });
});

test('an uncaught exception runs the whole stop and gives 1; a second one is logged and does not begin it again', async () => {
  const { lifecycle, process, events, log, part } = setUp();
  const run = lifecycle.run([part('a')]);
  await vi.advanceTimersByTimeAsync(0);
  process.emit('uncaughtException', new Error('first'));
  await vi.advanceTimersByTimeAsync(500);
  process.emit('unhandledRejection', new Error('second'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(await run).toBe(1);
  expect(events).toEqual(['0 start a', '0 withdraw a', '1000 stop a', '1000 flush a']);
  expect(log.filter(({ level }) => level === 'fatal')).toEqual([
    { level: 'fatal', message: 'uncaught exception', fields: { err: new Error('first') } },
    { level: 'fatal', message: 'unhandled rejection', fields: { err: new Error('second') } },
  ]);
  expect(log.filter(({ message }) => message === 'stopping')).toHaveLength(1);
});

test('an uncaught exception during a stop that a signal began turns the exit code to 1', async () => {
  const { lifecycle, process, part } = setUp();
  const run = lifecycle.run([part('a')]);
  await vi.advanceTimersByTimeAsync(0);
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('uncaughtException', new Error('late'));
  await vi.advanceTimersByTimeAsync(2000);
  expect(await run).toBe(1);
});

test('the first signal during a stop that had another reason lets it finish; the second exits', async () => {
  const { lifecycle, process, flushLogSync, messages, part } = setUp();
  const run = lifecycle.run([part('a')]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  process.emit('SIGTERM', 'SIGTERM');
  expect(messages().at(-1)).toBe('already stopping');
  expect(process.exit).not.toHaveBeenCalled();
  process.emit('SIGTERM', 'SIGTERM');
  expect(messages().at(-1)).toBe('second signal, exiting at once');
  expect(flushLogSync).toHaveBeenCalledTimes(1);
  expect(process.exit).toHaveBeenCalledExactlyOnceWith(1);
  await vi.advanceTimersByTimeAsync(2000);
  await run;
});

test('a log that cannot be flushed does not make a clean stop fail', async () => {
  const { lifecycle, flushLogSync, log, part } = setUp();
  flushLogSync.mockImplementation(() => {
    throw new Error('write EPIPE');
  });
  const run = lifecycle.run([part('a')]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  expect(await run).toBe(0);
  expect(log.at(-1)).toMatchObject({ level: 'error', message: 'log not flushed' });
});

test('a logger that throws prevents neither a stop nor the end at a second signal', async () => {
  const { lifecycle, process, logger, events, part } = setUp();
  const run = lifecycle.run([part('a', {}, { withdraw: failing('no') })]);
  await vi.advanceTimersByTimeAsync(0);
  const broken = () => {
    throw new Error('write ENOSPC');
  };
  Object.assign(logger, { info: broken, warn: broken, error: broken, fatal: broken });
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('uncaughtException', new Error('write ENOSPC'), 'uncaughtException');
  await vi.advanceTimersByTimeAsync(2000);
  expect(await run).toBe(1);
  expect(events.map((event) => event.split(' ').slice(1).join(' '))).toEqual([
    'start a',
    'withdraw a',
    'stop a',
    'flush a',
  ]);

  const second = setUp();
  const secondRun = second.lifecycle.run([second.part('a')]);
  await vi.advanceTimersByTimeAsync(0);
  second.logger.fatal = broken;
  second.process.emit('SIGTERM', 'SIGTERM');
  second.process.emit('SIGTERM', 'SIGTERM');
  expect(second.process.exit).toHaveBeenCalledExactlyOnceWith(1);
  await vi.advanceTimersByTimeAsync(2000);
  await secondRun;
});

test('after the run neither a listener nor a timer is left', async () => {
  const { lifecycle, process, part } = setUp();
  const run = lifecycle.run([part('a')]);
  await vi.advanceTimersByTimeAsync(0);
  expect(process.eventNames()).not.toEqual([]);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  await run;
  expect(process.eventNames()).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a lifecycle runs once', async () => {
  const { lifecycle } = setUp({ drainDelayMs: 0 });
  lifecycle.stop('test');
  const run = lifecycle.run([]);
  await expect(lifecycle.run([])).rejects.toThrow('a lifecycle runs once');
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
});
