import { statSync } from 'node:fs';
import { readRegularTextFile } from '../files/regular-file.ts';

export interface TokenSourceOptions {
  /** The token as it was at start. Default: none, which is Consul's anonymous token. */
  token?: string | undefined;
  /** The file it came from, if it did: read again when it changes. */
  file?: string | undefined;
}

export interface TokenSourceDependencies {
  /** Told once when the file cannot be read any more; the last token stays in use. */
  onUnreadable?: (error: unknown) => void;
}

/** How long a look at the file is trusted, in milliseconds. */
const TRUST_MS = 1_000;

/**
 * Gives the token of the moment. Whoever rotates it replaces the file, as the kubelet does with a mounted Secret; that
 * takes effect within a second. A look at the file is one `stat`.
 */
export function createTokenSource(
  { token, file }: TokenSourceOptions,
  { onUnreadable = () => {} }: TokenSourceDependencies = {},
): () => string | undefined {
  let current = token;
  let seen = '';
  let lookedAt = Number.NEGATIVE_INFINITY;
  let unreadable = false;

  function look(path: string): void {
    try {
      const { ino, mtimeMs, size } = statSync(path);
      const state = `${ino} ${mtimeMs} ${size}`;
      if (state === seen) return;
      const text = readRegularTextFile(path).trim();
      // Empty is a file that is being written.
      if (text !== '') current = text;
      seen = state;
      unreadable = false;
    } catch (error) {
      if (!unreadable) onUnreadable(error);
      unreadable = true;
      seen = '';
    }
  }

  return () => {
    const now = performance.now();
    if (file !== undefined && now - lookedAt >= TRUST_MS) {
      lookedAt = now;
      look(file);
    }
    return current;
  };
}
