import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Lines are written when this many bytes are buffered … */
const MAX_BYTES = 16 * 1024;
/** … or when the oldest of them has been buffered this long, in milliseconds. */
const MAX_DELAY_MS = 50;
/** Delay before a write is retried because the reader was too slow, in milliseconds. */
const RETRY_MS = 20;
/** Delay before a write is retried because it failed, in milliseconds. */
const RETRY_FAILED_MS = 200;
/** Delay before a write is retried while the process blocks on it, in milliseconds. */
const POLL_MS = 2;
/** Size of the buffer in bytes. A line that might not fit is written on its own. */
const BUFFER_BYTES = 64 * 1024;
/** Most bytes that UTF-8 takes for a character of a string (a UTF-16 code unit). */
const BYTES_PER_CHAR = 3;
/** How long a synchronous flush waits for a reader, in milliseconds. */
const FLUSH_LIMIT_MS = 500;

export interface LineSinkOptions {
  /** File descriptor to write to. It must be non-blocking: a write that would block must fail with EAGAIN. */
  fd: number;
  /** Maximum bytes to buffer for a slow reader. Exceeded by at most one chunk (16 KiB or one longer line). */
  maxBufferBytes: number;
  /**
   * What to do when the buffer is full. `drop` discards and counts lines until the buffer is empty again. `block` waits
   * for the reader indefinitely and drops only lines that cannot be written because of an error.
   */
  onFull: 'drop' | 'block';
  /** Called with the number of dropped lines when lines are written again. A line it logs takes their place. */
  onRecovered(droppedLines: number): void;
}

export interface LineSink extends DestinationStream {
  /**
   * Writes all buffered lines before it returns; pino calls it after each fatal line. Gives up after 500 ms without a
   * reader, and immediately if writing fails or an earlier flush has given up. Never throws.
   */
  flushSync(): void;
  /** Resolves when everything is written, the signal aborts, or writing fails. Never rejects. */
  drained(signal: AbortSignal): Promise<void>;
  /** Number of lines dropped so far. */
  readonly droppedLines: number;
}

/**
 * Batches lines and writes them in chunks, because a system call per line is most of the cost of logging. Output errors
 * never reach the caller: with a full disk, a closed pipe or a slow reader, lines are buffered and then dropped.
 *
 * Lines are copied to a buffer outside the heap at once. As strings, they would consist of some thirty objects each, and every
 * young collection would copy those of the lines that wait.
 *
 * Writes are synchronous, to a non-blocking descriptor. Without a reader, an asynchronous write would occupy a thread
 * of libuv's pool, and Node waits for those threads when it exits.
 */
export function createLineSink({ fd, maxBufferBytes, onFull, onRecovered }: LineSinkOptions): LineSink {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  /** Bytes of the buffer that are used. */
  let used = 0;
  let timer: NodeJS.Timeout | undefined;
  /** Chunks that the output has not accepted yet, oldest first. */
  const queue: Buffer[] = [];
  let queuedBytes = 0;
  /** Whether the last write failed for a reason other than a slow reader. */
  let failed = false;
  let dropping = false;
  let droppedBefore = 0;
  let droppedLines = 0;
  /** Whether a flush waits for the reader: false after one has timed out, until the reader accepts bytes again. */
  let waitOnFlush = true;

  /** Returns the number of bytes written. */
  function attempt(data: Buffer): number {
    try {
      const written = writeSync(fd, data);
      failed = false;
      if (written > 0) waitOnFlush = true;
      return written;
    } catch (error) {
      failed = !(error instanceof Error && 'code' in error && error.code === 'EAGAIN');
      return 0;
    }
  }

  function writeQueue(): void {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const written = attempt(head);
      queuedBytes -= written;
      if (written === head.length) queue.shift();
      else queue[0] = head.subarray(written);
      if (written === 0) return;
    }
    if (dropping) recover();
  }

  /** Empties the buffer and returns what was in it, which the next line overwrites. */
  function take(): Buffer {
    const data = buffer.subarray(0, used);
    used = 0;
    return data;
  }

  function recover(): void {
    dropping = false;
    const later = Buffer.from(take());
    onRecovered(droppedLines - droppedBefore);
    droppedBefore = droppedLines;
    accept(take());
    used = later.copy(buffer);
  }

  function drop(lines: Buffer): void {
    dropping = true;
    droppedLines += countLines(lines);
  }

  function accept(lines: Buffer): void {
    const written = queue.length === 0 && lines.length > 0 ? attempt(lines) : 0;
    if (written === lines.length) return;
    const rest = Buffer.from(lines.subarray(written));
    queue.push(rest);
    queuedBytes += rest.length;
  }

  function acceptOrDrop(lines: Buffer): void {
    if (dropping || queuedBytes >= maxBufferBytes) drop(lines);
    else accept(lines);
  }

  /** Writes what is buffered, and then a line that was too long for the buffer. */
  function writeOut(longLine?: Buffer): void {
    clearTimeout(timer);
    timer = undefined;
    if (queue.length > 0) writeQueue();
    acceptOrDrop(take());
    if (longLine) acceptOrDrop(longLine);
    if (onFull === 'block') waitForReader({ untilBytes: maxBufferBytes, limitMs: Number.POSITIVE_INFINITY });
    // Does not keep the process alive: remaining lines are retried once when it exits.
    if (queue.length > 0) timer = setTimeout(writeOut, failed ? RETRY_FAILED_MS : RETRY_MS).unref();
  }

  /** Blocks the whole process until fewer than `untilBytes` are queued. */
  function waitForReader({ untilBytes, limitMs }: { untilBytes: number; limitMs: number }): void {
    const deadline = performance.now() + limitMs;
    while (queuedBytes >= untilBytes && !failed && performance.now() < deadline) {
      sleepSync(POLL_MS);
      writeQueue();
    }
  }

  return {
    write(line) {
      const fits = line.length * BYTES_PER_CHAR <= buffer.length - used;
      if (fits) used += buffer.write(line, used);
      if (fits && used < MAX_BYTES) timer ??= setTimeout(writeOut, MAX_DELAY_MS);
      // While lines are dropped, only the timer retries: a failing system call costs more than a line.
      else if (dropping) drop(fits ? take() : Buffer.from(line));
      else writeOut(fits ? undefined : Buffer.from(line));
    },
    flushSync() {
      writeOut();
      if (waitOnFlush) waitForReader({ untilBytes: 1, limitMs: FLUSH_LIMIT_MS });
      // The line that reports dropped lines may be buffered now.
      if (queue.length === 0) writeOut();
      waitOnFlush = queue.length === 0;
    },
    async drained(signal) {
      writeOut();
      while (queue.length > 0 && !failed && !signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        writeOut();
      }
      waitOnFlush = queue.length === 0;
    },
    get droppedLines() {
      return droppedLines;
    },
  };
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf('\n'); at !== -1; at = lines.indexOf('\n', at + 1)) count++;
  return count;
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
