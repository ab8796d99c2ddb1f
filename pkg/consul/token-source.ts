import { readRegularTextFile } from '../files/regular-file.ts';
import { watchFiles } from '../files/watch-files.ts';

export interface TokenSourceOptions {
  /** The token as it was at start. Default: none, which is Consul's anonymous token. */
  token?: string | undefined;
  /** The file it came from, if it did: read again when it changes. */
  file?: string | undefined;
}

export interface TokenSourceDependencies {
  /** Called once when the file cannot be read any more; the last token stays in use. */
  onUnreadable?: (error: unknown) => void;
}

export interface TokenSource {
  current(): string | undefined;
  /** Stops watching the file. */
  close(): void;
}

/** A new token takes effect within about a second, also where the file system reports no changes. */
const POLL_MS = 1_000;

/** Holds the current token. A rotated one replaces the file, as the kubelet does with a mounted Secret. */
export function createTokenSource(
  { token, file }: TokenSourceOptions,
  { onUnreadable = () => {} }: TokenSourceDependencies = {},
): TokenSource {
  let current = token;
  let unreadable = false;

  function read(path: string): void {
    try {
      const text = readRegularTextFile(path).trim();
      // Empty is a file that is being written.
      if (text !== '') current = text;
      unreadable = false;
    } catch (error) {
      if (!unreadable) onUnreadable(error);
      unreadable = true;
    }
  }

  if (file === undefined) return { current: () => current, close: () => {} };
  const unwatch = watchFiles([file], { pollMs: POLL_MS, onChange: () => read(file) });
  read(file);
  return { current: () => current, close: unwatch };
}
