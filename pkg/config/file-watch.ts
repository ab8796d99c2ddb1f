import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface FileWatchOptions {
  /** Milliseconds without a further event before the file is looked at: an editor writes in several steps. Default 100. */
  quietMs?: number;
  /** Milliseconds between looks that no event asks for: a network file system has no events. Default 10,000. */
  pollMs?: number;
}

export interface FileWatch {
  close(): void;
}

/**
 * Tells when a file may have another content, or is there no more, and once at the beginning: it may have changed since
 * it was read.
 *
 * Watches the folder and not the file, which is replaced rather than written: an editor renames a new one over it; of a
 * mounted ConfigMap the kubelet exchanges `..data`, the symbolic link in the same folder that the file leads through.
 */
export function watchFile(
  path: string,
  onChange: () => void,
  { quietMs = 100, pollMs = 10_000 }: FileWatchOptions = {},
): FileWatch {
  const folder = dirname(path);
  let watcher: FSWatcher | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let seen: string | undefined;
  let closed = false;

  async function look(): Promise<void> {
    // Taken before whoever is told reads the file: what is written in between differs from it, and is told again.
    const state = await stateOf(path);
    if (closed || state === seen) return;
    seen = state;
    onChange();
  }

  function lookWhenQuiet(): void {
    clearTimeout(quiet);
    quiet = setTimeout(look, quietMs);
  }

  function unwatch(): void {
    watcher?.close();
    watcher = undefined;
  }

  function watchFolder(): void {
    try {
      watcher = watch(folder, lookWhenQuiet);
      watcher.on('error', unwatch);
    } catch {
      // No such folder at the moment, or no more watches to be had: the poll does without, and tries again.
      watcher = undefined;
    }
  }

  const poll = setInterval(() => {
    // Anew each time: a folder that was replaced by another of its name sends no more events.
    unwatch();
    watchFolder();
    void look();
  }, pollMs);
  watchFolder();
  void look();

  return {
    close() {
      closed = true;
      clearInterval(poll);
      clearTimeout(quiet);
      unwatch();
    },
  };
}

/** Differs when the file is another one or was written to, symbolic links followed. Never rejects. */
async function stateOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
