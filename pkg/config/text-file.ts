import { isAbsolute, relative } from 'node:path';
import { readRegularTextFile } from '../files/regular-file.ts';

export type TextFile = { readonly text: string } | { readonly failure: string; readonly missing: boolean };

/** Reads a UTF-8 file like {@link readRegularTextFile}, but returns the reason for a failure instead of throwing. */
export function readTextFile(path: string): TextFile {
  try {
    return { text: readRegularTextFile(path) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // "ENOENT: no such file or directory, open '/…'": remove the path, which is already in the origin.
    const failure = error.message.split(/, (?:open|stat|read)\b/)[0] ?? error.message;
    return { failure, missing: 'code' in error && error.code === 'ENOENT' };
  }
}

/** Returns the path relative to `cwd` if that is shorter. */
export function displayPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short !== '' && !isAbsolute(short) && short.length < path.length ? short : path;
}
