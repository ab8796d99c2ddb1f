import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlannedFile } from './plan.ts';

/** Writes all files or none: if a write fails, undoes the previous ones and throws the error. */
export function writeAll(root: string, files: readonly PlannedFile[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const [path, text] of files) {
      const file = join(root, path);
      const before = existsSync(file) ? readFileSync(file) : undefined;
      // The outermost folder that this call creates, or undefined.
      const folder = mkdirSync(dirname(file), { recursive: true });
      undo.unshift(() => {
        if (before !== undefined) writeFileSync(file, before);
        else rmSync(folder ?? file, { recursive: true, force: true });
      });
      writeFileSync(file, text);
    }
  } catch (error) {
    for (const step of undo) step();
    throw error;
  }
}
