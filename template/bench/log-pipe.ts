import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LogPipe {
  /** File descriptor for the child's standard output. */
  readonly writeFd: number;
  /** Must be called after the child has been started with it. */
  closeWriteEnd(): void;
  /** Calls `onLine` with each new line until the returned function is called. Lines without a follower are discarded. */
  follow(onLine: (line: string) => void): () => void;
  /** Returns the last 4,000 characters, for error messages. */
  tail(): string;
  close(): void;
}

const TAIL_LENGTH = 4000;

/**
 * Creates a pipe, which is what a container's standard output is. The "pipes" of node:child_process are sockets, and writing
 * to a socket costs more.
 */
export function createLogPipe(): LogPipe {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const path = join(directory, 'stdout');
  execFileSync('mkfifo', [path]);
  // Opened for reading and writing, so that it opens without a writer and does not end when the writer exits.
  const reader = new Socket({ fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK), writable: false });
  const writeFd = openSync(path, constants.O_WRONLY);
  rmSync(directory, { recursive: true });

  const followers = new Set<(line: string) => void>();
  let tail = '';
  let rest = '';
  reader.on('data', (chunk) => {
    tail =
      tail.length + chunk.length > TAIL_LENGTH
        ? chunk.toString('utf8', Math.max(0, chunk.length - TAIL_LENGTH))
        : `${tail}${chunk}`;
    if (followers.size === 0) {
      rest = '';
      return;
    }
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) for (const follower of followers) follower(line);
  });
  return {
    writeFd,
    closeWriteEnd: () => closeSync(writeFd),
    follow(onLine) {
      followers.add(onLine);
      return () => followers.delete(onLine);
    },
    tail: () => tail,
    close: () => reader.destroy(),
  };
}
