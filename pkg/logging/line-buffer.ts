import type { DestinationStream } from 'pino';

/** Written out when this many characters are waiting … */
const MAX_CHARS = 16 * 1024;
/** … or when the oldest of them has waited this long, in milliseconds. */
const MAX_DELAY_MS = 50;

/** Where whole chunks of lines go, synchronously: to the file descriptor of standard output. */
export interface SyncDestination {
  write(text: string): unknown;
  /** Also waits for the disk, where the output goes to a file: too dear for every chunk. */
  flushSync(): void;
}

export interface LineBuffer extends DestinationStream {
  /** Writes out what is waiting before it returns; pino calls it after each fatal line. */
  flushSync(): void;
}

/**
 * Joins lines and writes them in chunks: a system call for each line is most of what a log line costs. At most
 * 16 KiB or 50 ms of lines are lost when the process is killed with SIGKILL; every other end of it flushes first.
 */
export function createLineBuffer(destination: SyncDestination): LineBuffer {
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;

  function writeOut(): void {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting;
    waiting = '';
    if (text !== '') destination.write(text);
  }

  return {
    write(line) {
      waiting += line;
      if (waiting.length >= MAX_CHARS) writeOut();
      else timer ??= setTimeout(writeOut, MAX_DELAY_MS);
    },
    flushSync() {
      writeOut();
      destination.flushSync();
    },
  };
}
