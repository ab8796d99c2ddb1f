import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';

export type TextFile = { readonly text: string } | { readonly failure: string; readonly missing: boolean };

/** Reads a whole file of UTF-8, without its byte order mark. What stops it comes back as words, not as an exception. */
export function readTextFile(path: string): TextFile {
  try {
    // `fatal`, because a secret with a byte silently replaced is refused elsewhere, and nobody will know why.
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? error.code : undefined;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { failure: 'it is not UTF-8', missing: false };
    // "ENOENT: no such file or directory, open '/…'": the path stands in the origin already.
    return { failure: error.message.split(',')[0] ?? error.message, missing: code === 'ENOENT' };
  }
}

/** The path as seen from `cwd` where that is the shorter one, as a person would name it. */
export function pathFrom(cwd: string, path: string): string {
  const seen = relative(cwd, path);
  return seen !== '' && !isAbsolute(seen) && seen.length < path.length ? seen : path;
}
