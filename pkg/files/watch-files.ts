import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchFilesOptions {
  /** Called some time after one of the files has changed, appeared or gone; changes shortly after each other are one. */
  onChange(): void;
  /** How often the files are looked at when the operating system reports nothing, in milliseconds. Default: 10 s. */
  pollMs?: number;
  /** How long a change is given to be complete, in milliseconds. Default: 200. */
  settleMs?: number;
}

/**
 * Watches files through whatever symbolic links lead to them. Kubernetes exchanges a mounted Secret or ConfigMap by
 * renaming a link (`..data`) beside them, and editors rename a new file over the old one, so their directories are
 * watched, and not the files. Not every file system reports changes, so they are looked at from time to time as well.
 * Does not keep the process alive.
 *
 * What is there at the call is the first state: call it before reading the files, and no change is missed.
 *
 * @returns what ends the watching.
 */
export function watchFiles(paths: readonly string[], options: WatchFilesOptions): () => void {
  const { onChange, pollMs = 10_000, settleMs = 200 } = options;
  const directories = [...new Set(paths.map((path) => dirname(path)))];
  let watchers: FSWatcher[] = [];
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
  function unwatchDirectories(): void {
    for (const watcher of watchers) watcher.close();
  }
  function watchDirectories(): void {
    watchers = directories.flatMap((directory) => watchDirectory(directory, lookSoon));
  }

  watchDirectories();
  const poll = setInterval(() => {
    // A directory that was replaced by another of its name sends no more events.
    unwatchDirectories();
    watchDirectories();
    lookSoon();
  }, pollMs).unref();
  return () => {
    unwatchDirectories();
    clearInterval(poll);
    clearTimeout(settling);
  };
}

function watchDirectory(directory: string, onEvent: () => void): FSWatcher[] {
  try {
    // A watcher that fails later, as when its directory is removed, leaves the work to the polling.
    return [watch(directory, { persistent: false }, onEvent).on('error', onEvent)];
  } catch {
    // No such directory, out of watches (ENOSPC, EMFILE), or a file system without them: the polling finds the change.
    return [];
  }
}

/** Distinguishes one state of the files from another: which they are behind the links, how long, and when written. */
function signatureOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
        return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
      } catch (error) {
        // Absent or not accessible: what reads the file reports that.
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    })
    .join(' ');
}
