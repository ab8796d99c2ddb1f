import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchFilesOptions {
  /** Called after a file has changed, appeared or disappeared. Changes in quick succession are reported once. */
  onChange(): void;
  /** How often to check the files in case the operating system reports no events, in milliseconds. Default: 10 s. */
  pollMs?: number;
  /** How long to wait for a change to be complete, in milliseconds. Default: 200. */
  settleMs?: number;
}

/**
 * Watches files, following symbolic links. It watches their directories rather than the files, because Kubernetes
 * updates a mounted Secret or ConfigMap by renaming a link next to them (`..data`), and editors rename a new file over
 * the old one. It also polls, because not every file system reports changes. Does not keep the process alive.
 *
 * Changes are relative to the state at the time of the call. Call it before reading the files, so that no change is
 * missed.
 *
 * @returns a function that stops watching.
 */
export function watchFiles(paths: readonly string[], options: WatchFilesOptions): () => void {
  const { onChange, pollMs = 10_000, settleMs = 200 } = options;
  const directories = [...new Set(paths.map((path) => dirname(path)))];
  let watchers: FSWatcher[] = [];
  let signature = signatureOf(paths);
  let settling: NodeJS.Timeout | undefined;

  function check(): void {
    settling = undefined;
    const current = signatureOf(paths);
    if (current === signature) return;
    signature = current;
    onChange();
  }
  function scheduleCheck(): void {
    settling ??= setTimeout(check, settleMs).unref();
  }
  function unwatchDirectories(): void {
    for (const watcher of watchers) watcher.close();
  }
  function watchDirectories(): void {
    watchers = directories.flatMap((directory) => watchDirectory(directory, scheduleCheck));
  }

  watchDirectories();
  const poll = setInterval(() => {
    // Rewatch, because a directory that was replaced by another of the same name sends no more events.
    unwatchDirectories();
    watchDirectories();
    scheduleCheck();
  }, pollMs).unref();
  return () => {
    unwatchDirectories();
    clearInterval(poll);
    clearTimeout(settling);
  };
}

function watchDirectory(directory: string, onEvent: () => void): FSWatcher[] {
  try {
    // If a watcher fails later, for example because its directory is removed, polling takes over.
    return [watch(directory, { persistent: false }, onEvent).on('error', onEvent)];
  } catch {
    // No such directory, no watches left (ENOSPC, EMFILE), or not supported by the file system: polling finds changes.
    return [];
  }
}

/** Returns a string that identifies the state of the files: the link targets, their sizes and modification times. */
function signatureOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
        return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
      } catch (error) {
        // Missing or inaccessible: the code that reads the file reports it.
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    })
    .join(' ');
}
