import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StopTimes } from './budget.ts';
import type { Component, Phase } from './component.ts';
import { createLifecycle } from './lifecycle.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TIMES: StopTimes = { drainDelayMs: 1000, shutdownTimeoutMs: 5000, flushTimeoutMs: 500 };
const PHASES: Phase[] = ['start', 'drain', 'stop', 'flush'];

/**
 * Creates a lifecycle with fake time and an emitter as the process; signals.test.ts sends real signals to real
 * processes. `events` lists the calls to components with the time since the start in milliseconds.
 */
function setUp(times: Partial<StopTimes> = {}) {
  const process = Object.assign(new EventEmitter(), { exit: vi.fn<(code: number) => void>() });
  const flushLogSync = vi.fn();
  const log: { level: string; message: string; fields: object }[] = [];
  const write = (level: string) => (fields: object, message: string) => void log.push({ level, message, fields });
  const logger = { info: write('info'), warn: write('warn'), error: write('error'), fatal: write('fatal') };
  const lifecycle = createLifecycle({ ...TIMES, ...times }, { logger, process, flushLogSync });
  const events: string[] = [];
  const startedAt = performance.now();

  /** A component that records each call. `takes` sets the duration of a phase, `does` adds behaviour. */
  function component(
    name: string,
    takes: Partial<Record<Phase, number>> = {},
    does: Partial<Component> = {},
  ): Component {
    const recording: Component = { name };
    for (const phase of PHASES) {
      recording[phase] = async (signal) => {
        events.push(`${performance.now() - startedAt} ${phase} ${name}${signal.aborted ? ' (aborted)' : ''}`);
        const ms = takes[phase] ?? 0;
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        await does[phase]?.(signal);
      };
    }
    return recording;
  }

  const messages = () => log.map((entry) => entry.message);
  const logged = (message: string) => log.find((entry) => entry.message === message);
  return { lifecycle, process, flushLogSync, log, logger, messages, logged, events, component };
}

const never = () => new Promise<void>(() => {});

function failing(message: string) {
  return () => Promise.reject(new Error(message));
}

test('components start in order, drain concurrently, and stop and flush in reverse order', async () => {
  const { lifecycle, events, component } = setUp();
  const run = lifecycle.run([
    component('a', { start: 10, stop: 20, flush: 5 }),
    component('b', { start: 10, drain: 50, stop: 30 }),
    component('c', { drain: 50 }),
  ]);
  await vi.advanceTimersByTimeAsync(100);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  expect(await run).toBe(0);
  expect(events).toEqual([
    '0 start a',
    '10 start b',
    '20 start c',
    '100 drain a',
    '100 drain b',
    '100 drain c',
    '1100 stop c',
    '1100 stop b',
    '1130 stop a',
    '1150 flush c',
    '1150 flush b',
    '1150 flush a',
  ]);
});

test('each phase is logged with its duration', async () => {
  const { lifecycle, log, component } = setUp();
  const run = lifecycle.run([component('a', { start: 10, stop: 20, flush: 5 })]);
  await vi.advanceTimersByTimeAsync(100);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  await run;
  expect(log.map(({ level, message, fields }) => [level, message, fields])).toEqual([
    ['info', 'started', { duration_ms: 10 }],
    ['info', 'stopping', { reason: 'test' }],
    ['info', 'drain delay over', { duration_ms: 1000 }],
    ['info', 'components stopped', { duration_ms: 20 }],
    ['info', 'stopped', { reason: 'test', exit_code: 0, duration_ms: 1025 }],
  ]);
});

test('without a drain delay, components stop as soon as all have drained', async () => {
  const { lifecycle, events, component } = setUp({ drainDelayMs: 0 });
  const run = lifecycle.run([component('a'), component('b', { drain: 300 })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(400);
  await run;
  expect(events.slice(2)).toEqual(['0 drain a', '0 drain b', '300 stop b', '300 stop a', '300 flush b', '300 flush a']);
});

test('a component that hangs while draining is left behind after 2 s, and all components still stop', async () => {
  const { lifecycle, events, logged, component } = setUp({ drainDelayMs: 0 });
  const run = lifecycle.run([component('a'), component('b', {}, { drain: never })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2100);
  expect(await run).toBe(0);
  expect(events.filter((event) => event.includes('stop'))).toEqual(['2001 stop b', '2001 stop a']);
  expect(logged('time limit reached, still open')).toMatchObject({
    level: 'warn',
    fields: { phase: 'drain', limit_ms: 2000, open: [{ component: 'b', phase: 'drain' }] },
  });
});

test('a failing drain, stop or flush is logged with its component, and the other components are still stopped', async () => {
  const { lifecycle, events, log, component } = setUp({ drainDelayMs: 0 });
  const broken = { drain: failing('w'), stop: failing('s'), flush: failing('f') };
  const run = lifecycle.run([component('a'), component('b', {}, broken)]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
  expect(events.at(-1)).toBe('0 flush a');
  expect(log.filter(({ level }) => level === 'error')).toEqual([
    { level: 'error', message: 'drain failed', fields: { component: 'b', phase: 'drain', err: new Error('w') } },
    { level: 'error', message: 'stop failed', fields: { component: 'b', phase: 'stop', err: new Error('s') } },
    { level: 'error', message: 'flush failed', fields: { component: 'b', phase: 'flush', err: new Error('f') } },
  ]);
});

test('a phase that throws synchronously fails like one that rejects', async () => {
  const { lifecycle, messages, component } = setUp({ drainDelayMs: 0 });
  const throwing: Component = {
    name: 'throwing',
    stop() {
      throw new Error('no');
    },
  };
  const run = lifecycle.run([throwing, component('b')]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
  expect(messages()).toContain('stop failed');
});

test('a failed start stops the started components in reverse order without a drain delay, and exits 1', async () => {
  const { lifecycle, events, logged, component } = setUp();
  const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
  const run = lifecycle.run([
    component('a'),
    component('b'),
    component('c', {}, { start: () => Promise.reject(error) }),
    component('d'),
  ]);
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(1);
  expect(events).toEqual([
    '0 start a',
    '0 start b',
    '0 start c',
    '0 drain a',
    '0 drain b',
    '0 stop b',
    '0 stop a',
    '0 flush b',
    '0 flush a',
  ]);
  expect(logged('start failed')).toEqual({
    level: 'fatal',
    message: 'start failed',
    fields: { err: error, component: 'c', phase: 'start' },
  });
  expect(logged('stopping')).toMatchObject({ fields: { reason: 'start of c failed' } });
});

test('a stop during the start aborts the start, starts no further components and exits 0', async () => {
  const { lifecycle, events, logged, component } = setUp();
  const start = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const run = lifecycle.run([component('a'), component('b', {}, { start }), component('c')]);
  await vi.advanceTimersByTimeAsync(100);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
  expect(events).toEqual(['0 start a', '0 start b', '100 drain a', '100 stop a', '100 flush a']);
  expect(logged('start aborted')).toMatchObject({ level: 'warn', fields: { component: 'b' } });
});

test('a component whose start completes despite the abort is stopped too', async () => {
  const { lifecycle, events, component } = setUp();
  const run = lifecycle.run([component('a'), component('b', { start: 400 })]);
  await vi.advanceTimersByTimeAsync(100);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(400);
  expect(await run).toBe(0);
  expect(events).toEqual([
    '0 start a',
    '0 start b',
    '100 drain a',
    '400 stop b',
    '400 stop a',
    '400 flush b',
    '400 flush a',
  ]);
});

test('a stop after the start does not abort the start signal', async () => {
  let received: AbortSignal | undefined;
  const { lifecycle, component } = setUp();
  const start = (signal: AbortSignal) => {
    received = signal;
  };
  const run = lifecycle.run([component('a', {}, { start })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  await run;
  expect(received?.aborted).toBe(false);
});

test('if stop is called before run, nothing is started and the exit code is 0', async () => {
  const { lifecycle, events, component } = setUp();
  lifecycle.stop('test');
  const run = lifecycle.run([component('a')]);
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
  expect(events).toEqual([]);
});

test('a component that exceeds the shutdown timeout is aborted and logged, the others are still stopped, and the exit code is 0', async () => {
  const { lifecycle, events, log, logged, component } = setUp({ drainDelayMs: 0 });
  let aborted = false;
  const stop = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    return never();
  };
  const run = lifecycle.run([component('a'), component('b', {}, { stop }), component('c', { stop: 1000 })]);
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
      fields: { phase: 'stop', limit_ms: 5000, open: [{ component: 'b', phase: 'stop' }] },
    },
  ]);
  expect(logged('stopped')?.fields).toMatchObject({ exit_code: 0, open: [{ component: 'b', phase: 'stop' }] });
});

test('a component that stops when its signal aborts is not reported as still open', async () => {
  const { lifecycle, logged, component } = setUp({ drainDelayMs: 0 });
  const stop = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 50)));
  const run = lifecycle.run([component('a', {}, { stop })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(6000);
  expect(await run).toBe(0);
  expect(logged('stopped')?.fields).toEqual({ reason: 'test', exit_code: 0, duration_ms: 5050 });
});

test('if every component hangs, the run still ends before the hard deadline', async () => {
  const { lifecycle, process, events, component } = setUp();
  const hanging = { drain: never, stop: never, flush: never };
  const components = Array.from({ length: 20 }, (_, index) => component(`p${index}`, {}, hanging));
  const run = lifecycle.run(components);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(8499);
  expect(await run).toBe(0);
  expect(events.filter((event) => event.includes('flush'))).toHaveLength(20);
  expect(process.exit).not.toHaveBeenCalled();
});

test('a late rejection of a component that was left behind is logged and not unhandled', async () => {
  const { lifecycle, logged, component } = setUp({ drainDelayMs: 0 });
  const work = Promise.withResolvers<void>();
  const run = lifecycle.run([component('a', {}, { stop: () => work.promise })]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(6000);
  await run;
  work.reject(new Error('late'));
  await vi.advanceTimersByTimeAsync(0);
  expect(logged('stop failed')).toMatchObject({ fields: { err: new Error('late') } });
});

test('an uncaught exception stops regularly and exits 1; a second one is only logged', async () => {
  const { lifecycle, process, events, log, component } = setUp();
  const run = lifecycle.run([component('a')]);
  await vi.advanceTimersByTimeAsync(0);
  process.emit('uncaughtException', new Error('first'));
  await vi.advanceTimersByTimeAsync(500);
  process.emit('unhandledRejection', new Error('second'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(await run).toBe(1);
  expect(events).toEqual(['0 start a', '0 drain a', '1000 stop a', '1000 flush a']);
  expect(log.filter(({ level }) => level === 'fatal')).toEqual([
    { level: 'fatal', message: 'uncaught exception', fields: { err: new Error('first') } },
    { level: 'fatal', message: 'unhandled rejection', fields: { err: new Error('second') } },
  ]);
  expect(log.filter(({ message }) => message === 'stopping')).toHaveLength(1);
});

test('an uncaught exception during a stop by signal changes the exit code to 1', async () => {
  const { lifecycle, process, component } = setUp();
  const run = lifecycle.run([component('a')]);
  await vi.advanceTimersByTimeAsync(0);
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('uncaughtException', new Error('late'));
  await vi.advanceTimersByTimeAsync(2000);
  expect(await run).toBe(1);
});

test('during a stop that no signal requested, the first signal is ignored and the second exits', async () => {
  const { lifecycle, process, flushLogSync, messages, component } = setUp();
  const run = lifecycle.run([component('a')]);
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

test('a log that cannot be flushed does not change the exit code of a clean stop', async () => {
  const { lifecycle, flushLogSync, log, component } = setUp();
  flushLogSync.mockImplementation(() => {
    throw new Error('write EPIPE');
  });
  const run = lifecycle.run([component('a')]);
  await vi.advanceTimersByTimeAsync(0);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  expect(await run).toBe(0);
  expect(log.at(-1)).toMatchObject({ level: 'error', message: 'failed to flush the log' });
});

test('a logger that throws prevents neither a stop nor the exit on a second signal', async () => {
  const { lifecycle, process, logger, events, component } = setUp();
  const run = lifecycle.run([component('a', {}, { drain: failing('no') })]);
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
    'drain a',
    'stop a',
    'flush a',
  ]);

  const second = setUp();
  const secondRun = second.lifecycle.run([second.component('a')]);
  await vi.advanceTimersByTimeAsync(0);
  second.logger.fatal = broken;
  second.process.emit('SIGTERM', 'SIGTERM');
  second.process.emit('SIGTERM', 'SIGTERM');
  expect(second.process.exit).toHaveBeenCalledExactlyOnceWith(1);
  await vi.advanceTimersByTimeAsync(2000);
  await secondRun;
});

test('after the run, no listener or timer is left', async () => {
  const { lifecycle, process, component } = setUp();
  const run = lifecycle.run([component('a')]);
  await vi.advanceTimersByTimeAsync(0);
  expect(process.eventNames()).not.toEqual([]);
  lifecycle.stop('test');
  await vi.advanceTimersByTimeAsync(2000);
  await run;
  expect(process.eventNames()).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a second run rejects', async () => {
  const { lifecycle } = setUp({ drainDelayMs: 0 });
  lifecycle.stop('test');
  const run = lifecycle.run([]);
  await expect(lifecycle.run([])).rejects.toThrow('a lifecycle can run only once');
  await vi.advanceTimersByTimeAsync(10);
  expect(await run).toBe(0);
});
