/**
 * A program for signals.test.ts: `node program.ts <scenario>`. Prints one JSON line per log call. Opens no sockets or
 * timers unless the scenario does.
 */

import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Component } from '../component.ts';
import { createLifecycle } from '../lifecycle.ts';

const never = new Promise<void>(() => {});
const lines: string[] = [];

function flushLogSync(): void {
  for (const line of lines.splice(0)) writeSync(1, line);
}

/** Buffers lines for one turn of the event loop, like an asynchronous log destination. */
function write(level: string, fields: object, message: string): void {
  const entry = { level, message, ...fields };
  lines.push(`${JSON.stringify(entry, (_, value) => (value instanceof Error ? value.stack : value))}\n`);
  setImmediate(flushLogSync);
}

const logger = {
  info: (fields: object, message: string) => write('info', fields, message),
  warn: (fields: object, message: string) => write('warn', fields, message),
  error: (fields: object, message: string) => write('error', fields, message),
  fatal: (fields: object, message: string) => write('fatal', fields, message),
};

function blockLoop(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

const scenarios: Record<string, Component> = {
  idle: { name: 'idle' },
  hangingStop: { name: 'worker', stop: () => never },
  openSocket: {
    name: 'server',
    start: async () => void (await once(createServer().listen(0, '127.0.0.1'), 'listening')),
    stop: () => never,
  },
  hangingStart: { name: 'database', start: () => never },
  blockedStop: {
    name: 'worker',
    stop() {
      blockLoop(4000);
      return never;
    },
  },
  exception: {
    name: 'buggy',
    start: () =>
      void setImmediate(() => {
        throw new TypeError('lost');
      }),
  },
  rejection: { name: 'buggy', start: () => void Promise.reject(new TypeError('lost')) },
  portInUse: {
    name: 'listener',
    async start() {
      const first = createServer().listen(0, '127.0.0.1');
      await once(first, 'listening');
      await once(createServer().listen(first.address()), 'listening');
    },
  },
};

const scenario = process.argv[2] ?? '';
const component = scenarios[scenario];
if (component === undefined) throw new Error(`unknown scenario: ${scenario}`);
const recorder: Component = {
  name: 'recorder',
  start: () => logger.info({}, 'recorder started'),
  stop: () => logger.info({}, 'recorder stopped'),
};
const times = { drainDelayMs: 0, shutdownTimeoutMs: scenario === 'hangingStop' ? 60_000 : 300, flushTimeoutMs: 100 };
const lifecycle = createLifecycle(times, { logger, flushLogSync });
process.exit(await lifecycle.run([recorder, component]));
