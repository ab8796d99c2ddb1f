import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Lines are written when this many characters are waiting … */
const MAX_CHARS = 16 * 1024;
/** … or when the oldest of them has waited this long, in milliseconds. */
const MAX_DELAY_MS = 50;
/** How soon a write is tried again when the reader was too slow, or when it failed, in milliseconds. */
const RETRY_MS = 20;
const RETRY_FAILED_MS = 200;
/** How often a write is tried again while the process waits for it, in milliseconds. */
const POLL_MS = 2;
/** How long a synchronous flush waits for a reader, in milliseconds. */
const FLUSH_LIMIT_MS = 500;

export interface LineSinkOptions {
  /** Where lines are written; a write that would have to wait must fail with EAGAIN. */
  fd: number;
  /** How many bytes wait for a slow reader. Exceeded by at most one chunk (16 KiB or one longer line). */
  maxBufferBytes: number;
  /**
   * When the buffer is full, `drop` counts lines and discards them until it is empty again; `block` waits for the reader,
   * however long that takes, and drops only what cannot be written because of an error.
   */
  onFull: 'drop' | 'block';
  /** Called when lines are written again, with how many were dropped. The line it writes takes their place. */
  onRecovered(droppedLines: number): void;
}

export interface LineSink extends DestinationStream {
  /**
   * Writes what is waiting before it returns; pino calls it after each fatal line. Gives up after 500 ms without a
   * reader, and at once if writing fails or an earlier flush has given up. Never throws.
   */
  flushSync(): void;
  /** Resolves when everything is written, the signal aborts, or writing fails. Never rejects. */
  drained(signal: AbortSignal): Promise<void>;
  /** How many lines have been dropped so far. */
  readonly droppedLines: number;
}

/**
 * Joins lines and writes them in chunks: a system call for each line is most of what a log line costs. No error of the
 * output reaches the caller: a full disk, a closed pipe and a slow reader all mean that lines wait and then are dropped.
 *
 * A write is synchronous, on a descriptor that never waits. An asynchronous one would occupy a thread of libuv's pool for
 * as long as nobody reads, and Node waits for those threads when it exits.
 */
export function createLineSink({ fd, maxBufferBytes, onFull, onRecovered }: LineSinkOptions): LineSink {
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  /** What the output has not taken, oldest first. */
  const queue: Buffer[] = [];
  let queuedBytes = 0;
  /** Whether the last write failed for another reason than a slow reader. */
  let failed = false;
  let dropping = false;
  let droppedBefore = 0;
  let droppedLines = 0;
  /** Whether a flush still waits: false once one has waited in vain, until bytes are taken again. */
  let patient = true;

  /** Returns how many bytes were taken. */
  function attempt(data: string | Buffer): number {
    try {
      const taken = typeof data === 'string' ? writeSync(fd, data) : writeSync(fd, data);
      failed = false;
      if (taken > 0) patient = true;
      return taken;
    } catch (error) {
      failed = !(error instanceof Error && 'code' in error && error.code === 'EAGAIN');
      return 0;
    }
  }

  function writeQueue(): void {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const taken = attempt(head);
      queuedBytes -= taken;
      if (taken === head.length) queue.shift();
      else queue[0] = head.subarray(taken);
      if (taken === 0) return;
    }
    if (dropping) recover();
  }

  function recover(): void {
    dropping = false;
    const later = waiting;
    waiting = '';
    onRecovered(droppedLines - droppedBefore);
    droppedBefore = droppedLines;
    waiting += later;
  }

  function drop(): void {
    dropping = true;
    droppedLines += countLines(waiting);
    waiting = '';
  }

  function accept(): void {
    const text = waiting;
    waiting = '';
    const taken = queue.length === 0 ? attempt(text) : 0;
    if (taken > 0 && taken === Buffer.byteLength(text)) return;
    const rest = Buffer.from(text).subarray(taken);
    queue.push(rest);
    queuedBytes += rest.length;
  }

  function writeOut(): void {
    clearTimeout(timer);
    timer = undefined;
    if (queue.length > 0) writeQueue();
    if (dropping || queuedBytes >= maxBufferBytes) drop();
    else if (waiting !== '') accept();
    if (onFull === 'block') waitForReader({ untilBytes: maxBufferBytes, limitMs: Number.POSITIVE_INFINITY });
    // Does not keep the process: what is left is tried once more when it exits.
    if (queue.length > 0) timer = setTimeout(writeOut, failed ? RETRY_FAILED_MS : RETRY_MS).unref();
  }

  /** Waits, with everything else, until fewer bytes than that are queued. */
  function waitForReader({ untilBytes, limitMs }: { untilBytes: number; limitMs: number }): void {
    const deadline = performance.now() + limitMs;
    while (queuedBytes >= untilBytes && !failed && performance.now() < deadline) {
      sleepSync(POLL_MS);
      writeQueue();
    }
  }

  return {
    write(line) {
      waiting += line;
      if (waiting.length < MAX_CHARS) timer ??= setTimeout(writeOut, MAX_DELAY_MS);
      // While lines are dropped, only the timer tries to write: a failing system call costs more than a line.
      else if (dropping) drop();
      else writeOut();
    },
    flushSync() {
      writeOut();
      if (patient) waitForReader({ untilBytes: 1, limitMs: FLUSH_LIMIT_MS });
      // The line about what was dropped may be waiting now.
      if (queue.length === 0) writeOut();
      patient = queue.length === 0;
    },
    async drained(signal) {
      writeOut();
      while (queue.length > 0 && !failed && !signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        writeOut();
      }
      patient = queue.length === 0;
    },
    get droppedLines() {
      return droppedLines;
    },
  };
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
