import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchFilesOptions {
  /** Called some time after one of the files became another; several changes shortly after each other are one call. */
  onChange(): void;
  /** How often the files are looked at when the operating system reports nothing, in milliseconds. Default: 10 s. */
  pollMs?: number;
  /** How long a change is given to be complete, in milliseconds. Default: 200. */
  settleMs?: number;
}

/**
 * Watches files through whatever symbolic links lead to them. Kubernetes exchanges a mounted Secret by renaming a link
 * (`..data`) beside them, so their directories are watched, and not the files. Not every file system reports changes,
 * so they are looked at from time to time as well.
 *
 * @returns what ends the watching.
 */
export function watchFiles(paths: readonly string[], options: WatchFilesOptions): () => void {
  const { onChange, pollMs = 10_000, settleMs = 200 } = options;
  let seen = signatureOf(paths);
  let settling: NodeJS.Timeout | undefined;

  function look(): void {
    settling = undefined;
    const found = signatureOf(paths);
    if (found === seen) return;
    seen = found;
    onChange();
  }
  function lookSoon(): void {
    settling ??= setTimeout(look, settleMs).unref();
  }

  const watchers = [...new Set(paths.map((path) => dirname(path)))].flatMap((directory) =>
    watchDirectory(directory, lookSoon),
  );
  const poll = setInterval(lookSoon, pollMs).unref();
  return () => {
    for (const watcher of watchers) watcher.close();
    clearInterval(poll);
    clearTimeout(settling);
  };
}

function watchDirectory(directory: string, onEvent: () => void): FSWatcher[] {
  try {
    // A watcher that fails later, as when its directory goes away, leaves the work to the polling.
    return [watch(directory, { persistent: false }, onEvent).on('error', onEvent)];
  } catch {
    // Out of watches (ENOSPC, EMFILE), or a file system without them: the polling finds the change.
    return [];
  }
}

/** Tells one state of the files from another: which they are behind the links, how long, and when written. */
function signatureOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      try {
        const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
        return `${dev}:${ino}:${size}:${mtimeNs}`;
      } catch (error) {
        // Absent, or not to be looked at: what reads the file reports that.
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    })
    .join(' ');
}
