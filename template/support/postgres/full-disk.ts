import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresServer } from './server.ts';

const INTERVAL_MS = 100;

/** Returns whether this process may mount a file system: containers of root usually may not. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
  if (isMounted) spawnSync('umount', [folder]);
  rmdirSync(folder);
  return isMounted;
}

/**
 * Keeps the file system of a server's data full, and its write-ahead log growing, as another client that writes a lot does.
 * The returned function frees the space. PostgreSQL ends all connections when it cannot extend the log, and exits if there is
 * no space for its recovery either.
 */
export function fillDisk(server: PostgresServer): () => Promise<void> {
  const ballast = join(server.socketFolder, 'ballast');
  const stopped = new AbortController();
  const filled = (async () => {
    while (!stopped.signal.aborted) {
      const { bavail, bsize } = statfsSync(server.socketFolder);
      if (bavail > 1) appendFileSync(ballast, Buffer.alloc((bavail - 1) * bsize));
      await server.sql("SELECT pg_logical_emit_message(false, 'ballast', repeat('x', 900000))").catch(() => {});
      await delay(INTERVAL_MS, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();
  return async () => {
    stopped.abort();
    await filled;
    rmSync(ballast);
  };
}
