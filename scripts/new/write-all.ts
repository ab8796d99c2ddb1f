import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlannedFile } from './plan.ts';

/** Contains the new files until all of them are written. A process that is killed may leave it; the next one removes it. */
const STAGING = '.new';

/**
 * Writes all files or none. They are written to a folder of their own and then moved, because writing can fail and the
 * process can be killed. If a move fails, the moves before it are undone and the error is thrown.
 */
export function writeAll(root: string, files: Iterable<PlannedFile>): void {
  const staging = join(root, STAGING);
  const undo: (() => void)[] = [];
  rmSync(staging, { recursive: true, force: true });
  try {
    const moves = new Set<string>();
    for (const [path, text] of files) {
      const file = join(staging, 'new', path);
      mkdirSync(dirname(file), { recursive: true });
      // The copy keeps the permissions.
      if (existsSync(join(root, path))) copyFileSync(join(root, path), file);
      writeFileSync(file, text);
      moves.add(outermostNew(root, path));
    }
    for (const path of moves) {
      const [from, to, before] = [join(staging, 'new', path), join(root, path), join(staging, 'before', path)];
      if (existsSync(to)) {
        mkdirSync(dirname(before), { recursive: true });
        copyFileSync(to, before);
      }
      renameSync(from, to);
      undo.unshift(() => (existsSync(before) ? renameSync(before, to) : rmSync(to, { recursive: true })));
    }
  } catch (error) {
    for (const step of undo) step();
    throw error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Returns the outermost folder of the path that does not exist yet, or the path itself. */
function outermostNew(root: string, path: string): string {
  const folder = dirname(path);
  return folder === '.' || existsSync(join(root, folder)) ? path : outermostNew(root, folder);
}
