import { readRegularTextFile } from '../files/regular-file.ts';

/** Maximum age of a token in use, in milliseconds. The kubelet replaces a token long before it expires. */
const MAX_AGE_MS = 1_000;

/**
 * Returns a function that returns the token in a file. It reads the file again if the last time was more than a second
 * ago, and keeps the last token while the file is missing or empty.
 *
 * @throws the error of the file system, or an error for an empty file, if there is no token yet.
 */
export function createTokenFile(path: string, clock: () => number = () => performance.now()): () => string {
  let current: string | undefined;
  let readAt = 0;
  return () => {
    const now = clock();
    if (current !== undefined && now - readAt < MAX_AGE_MS) return current;
    readAt = now;
    try {
      current = readRegularTextFile(path).trim() || current;
    } catch (error) {
      if (current === undefined) throw error;
    }
    if (!current) throw new Error(`${path} is empty`);
    return current;
  };
}
