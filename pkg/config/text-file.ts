import { isAbsolute, relative } from 'node:path';
import { readRegularTextFile } from '../files/regular-file.ts';

export type TextFile = { readonly text: string } | { readonly failure: string; readonly missing: boolean };

/** Reads a whole file of UTF-8, see {@link readRegularTextFile}. Returns what prevents it as words, and does not throw. */
export function readTextFile(path: string): TextFile {
  try {
    return { text: readRegularTextFile(path) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // "ENOENT: no such file or directory, open '/…'": the path stands in the origin already.
    const failure = error.message.split(/, (?:open|stat|read)\b/)[0] ?? error.message;
    return { failure, missing: 'code' in error && error.code === 'ENOENT' };
  }
}

/** The path as seen from `cwd` where that is the shorter one, as a person would name it. */
export function pathFrom(cwd: string, path: string): string {
  const seen = relative(cwd, path);
  return seen !== '' && !isAbsolute(seen) && seen.length < path.length ? seen : path;
}
