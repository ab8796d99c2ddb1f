import { readRegularTextFile } from '../files/regular-file.ts';
import { watchFiles } from '../files/watch-files.ts';
import { parsePostgresUrl } from './address.ts';

export interface UrlSourceOptions {
  /** The initial URL. */
  url: string;
  /** The file that the URL came from, if any; reread when it changes. */
  file?: string | undefined;
}

export interface UrlSourceDependencies {
  /** Called once when the file becomes unreadable or invalid; the last URL stays in use. */
  onRejected(error: unknown): void;
}

export interface UrlSource {
  current(): string;
  /** Stops watching the file. */
  close(): void;
}

/** Makes a new URL take effect within about a second even on a file system that does not report changes. */
const POLL_MS = 1_000;

/** Provides the current URL. Rotating the password replaces the file, as the kubelet does with a mounted Secret. */
export function createUrlSource({ url, file }: UrlSourceOptions, { onRejected }: UrlSourceDependencies): UrlSource {
  let current = url;
  let rejected = false;

  function read(path: string): void {
    try {
      const text = readRegularTextFile(path).trim();
      // An empty file is still being written.
      if (text === '') return;
      parsePostgresUrl(text);
      current = text;
      rejected = false;
    } catch (error) {
      if (!rejected) onRejected(error);
      rejected = true;
    }
  }

  if (file === undefined) return { current: () => current, close: () => {} };
  const unwatch = watchFiles([file], { pollMs: POLL_MS, onChange: () => read(file) });
  read(file);
  return { current: () => current, close: unwatch };
}
