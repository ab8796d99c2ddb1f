import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LogPipe {
  /** For the child's standard output. */
  readonly writeFd: number;
  /** To be called once the child has it. */
  closeWriteEnd(): void;
  /** Calls back with each line from now on, until the function it returns is called. Without this, lines are thrown away. */
  follow(onLine: (line: string) => void): () => void;
  /** The last few thousand characters, for when something has gone wrong. */
  tail(): string;
  close(): void;
}

const TAIL_LENGTH = 4000;

/**
 * A pipe, as a container's standard output is one. The "pipes" of node:child_process are sockets, to which writing
 * costs more.
 */
export function createLogPipe(): LogPipe {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const path = join(directory, 'stdout');
  execFileSync('mkfifo', [path]);
  // For reading and writing, so that it opens before anybody writes and does not end when the writer does.
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
