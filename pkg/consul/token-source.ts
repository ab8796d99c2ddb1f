import { readRegularTextFile } from '../files/regular-file.ts';
import { watchFiles } from '../files/watch-files.ts';

export interface TokenSourceOptions {
  /** The initial token. Default: none, which is Consul's anonymous token. */
  token?: string | undefined;
  /** The file that the token came from, if any; reread when it changes. */
  file?: string | undefined;
}

export interface TokenSourceDependencies {
  /** Called once when the file becomes unreadable; the last token stays in use. */
  onUnreadable?: (error: unknown) => void;
}

export interface TokenSource {
  current(): string | undefined;
  /** Stops watching the file. */
  close(): void;
}

/** Makes a new token take effect within about a second even on a file system that does not report changes. */
const POLL_MS = 1_000;

/** Provides the current token. Rotating it replaces the file, as the kubelet does with a mounted Secret. */
export function createTokenSource(
  { token, file }: TokenSourceOptions,
  { onUnreadable = () => {} }: TokenSourceDependencies = {},
): TokenSource {
  let current = token;
  let unreadable = false;

  function read(path: string): void {
    try {
      const text = readRegularTextFile(path).trim();
      // An empty file is still being written.
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
