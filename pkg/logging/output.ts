import { constants, fstatSync, openSync } from 'node:fs';

const STDOUT = 1;

/**
 * Returns a non-blocking descriptor of standard output: a write without a ready reader fails with EAGAIN.
 *
 * Reopens a pipe or terminal, because O_NONBLOCK applies to the open file description: set on the inherited one, it
 * would also affect the shell and every other process that shares it. If reopening is impossible (a socket, another
 * user's pipe, no /proc), libuv makes the inherited one non-blocking. A regular file has no such mode, and reopening it
 * would give it a separate offset.
 */
export function openOutput(): number {
  const stats = fstatSync(STDOUT);
  if (stats.isFIFO() || stats.isCharacterDevice()) {
    try {
      return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // EACCES, ENXIO (the pipe has no reader) or ENOENT: fall back to the inherited descriptor.
    }
  }
  // Reading the property creates the stream (lib/internal/bootstrap/switches/is_main_thread.js), which makes pipes and
  // sockets non-blocking. The stream is never used.
  if (stats.isFIFO() || stats.isSocket()) void process.stdout;
  return STDOUT;
}
