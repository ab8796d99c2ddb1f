import { constants, fstatSync, openSync } from 'node:fs';

const STDOUT = 1;

/**
 * Returns a descriptor of standard output on which a write never waits for a reader: it fails with EAGAIN instead.
 *
 * A pipe or a terminal is opened once more, because O_NONBLOCK belongs to the open file: set on the one that was
 * inherited, it would also change the writes of the shell and of every other process that has it. What cannot be opened
 * again (a socket, a pipe of another user, a system without /proc) is made non-blocking as it is, by libuv. A regular
 * file has no such mode, and an offset of its own if it were opened again.
 */
export function openOutput(): number {
  const stats = fstatSync(STDOUT);
  if (stats.isFIFO() || stats.isCharacterDevice()) {
    try {
      return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // EACCES, ENXIO (nobody reads the pipe) or ENOENT: below.
    }
  }
  // The getter opens the stream (lib/internal/bootstrap/switches/is_main_thread.js), which makes pipes and sockets
  // non-blocking. Nothing is ever written to it.
  if (stats.isFIFO() || stats.isSocket()) void process.stdout;
  return STDOUT;
}
