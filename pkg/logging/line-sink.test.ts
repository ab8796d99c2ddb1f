import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createLineSink, type LineSinkOptions } from './line-sink.ts';

const PROGRAM = fileURLToPath(new URL('testdata/program.ts', import.meta.url));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A sink that writes to a file; slow readers and errors are in template/proofs/process/log-output.test.ts. */
function createFileSink(options: Partial<LineSinkOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'line-sink-'));
  const path = join(folder, 'log');
  const fd = openSync(path, 'a');
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  const sink = createLineSink({ fd, maxBufferBytes: 1024, onFull: 'drop', onRecovered: () => {}, ...options });
  return { sink, written: () => readFileSync(path, 'utf8') };
}

test('lines are batched in order and written within 50 ms', () => {
  const { sink, written } = createFileSink();
  for (const line of ['a\n', 'b\n', 'ç\n']) sink.write(line);
  expect(written()).toBe('');
  vi.advanceTimersByTime(50);
  expect(written()).toBe('a\nb\nç\n');
});

test('a full chunk is written immediately, and a line longer than the buffer is written in full', () => {
  const { sink, written } = createFileSink();
  const line = `${'é'.repeat(100_000)}\n`;
  sink.write(line);
  expect(written()).toBe(line);
});

test('lines keep their order, whether they fit into the buffer or not', () => {
  const { sink, written } = createFileSink();
  const lines = ['a', 'x'.repeat(60_000), 'b', '€'.repeat(10_000), 'c', 'y'.repeat(20_000), 'd'].map(
    (line) => `${line}\n`,
  );
  for (const line of lines) sink.write(line);
  vi.advanceTimersByTime(50);
  expect(written()).toBe(lines.join(''));
});

test('a synchronous flush writes everything before it returns', () => {
  const { sink, written } = createFileSink();
  sink.write('last words\n');
  sink.flushSync();
  expect(written()).toBe('last words\n');
});

test('while writing fails, lines are buffered up to the size of the buffer, then dropped and counted', async () => {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const { sink } = createFileSink({ fd: full, maxBufferBytes: 20_000 });
  const line = `${'x'.repeat(999)}\n`;
  for (let i = 0; i < 100; i++) sink.write(line);
  sink.flushSync();
  // Two chunks of 17 lines are buffered.
  expect(sink.droppedLines).toBe(66);
  await sink.drained(new AbortController().signal);
});

test.each([
  ['process.exit', 'exit', 2000],
  ['an uncaught error', 'throw', 2000],
  ['a natural exit', 'end', 2000],
  ['a fatal line and SIGKILL', 'fatal', 2001],
])('all lines reach a slow reader if the program ends by %s', async (_what, end, expected) => {
  vi.useRealTimers();
  // `cat` starts to read after a delay; the pipe holds 64 KiB.
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${PROGRAM}" ${end} | (sleep 0.4; cat)`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const chunk of shell.stdout) text += chunk;
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(expected);
  expect(lines.slice(0, 2000).map(({ line }) => line)).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
});
