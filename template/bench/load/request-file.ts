import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Calls `use` with the path of a file with this content, which exists until the returned promise settles. */
export async function withRequestFile<T>(content: string, use: (path: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const path = join(directory, 'requests');
    writeFileSync(path, content);
    return await use(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
