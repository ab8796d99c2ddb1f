import { readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

export interface GeneratedFile {
  /** Path from the root of the project. */
  readonly path: string;
  readonly text: string;
}

/** Returns the URL of a file of the project. */
export function fileUrl(path: string): URL {
  return new URL(path, ROOT);
}

/** Returns the contents of a file of the project. */
export function readText(path: string): string {
  return readFileSync(fileUrl(path), 'utf8');
}
