import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { MAX_FILE_BYTES, readRegularFile, readRegularTextFile } from './regular-file.ts';

test('a file up to the size limit is read in full, through symbolic links', () => {
  const folder = temporaryFiles({
    'data/file': 'x'.repeat(MAX_FILE_BYTES),
    'data/large': 'x'.repeat(MAX_FILE_BYTES + 1),
  });
  symlinkSync('data', join(folder, '..data'));
  symlinkSync('..data/file', join(folder, 'file'));
  expect(readRegularFile(join(folder, 'file'))).toHaveLength(MAX_FILE_BYTES);
  expect(() => readRegularFile(join(folder, 'data/large'))).toThrow('it is larger than 1048576 bytes');
});

test('a file with a reported size of 0 is read to its end', () => {
  expect(readRegularTextFile('/proc/self/stat')).toMatch(/^\d+ /);
});

test('a FIFO without a writer, a directory, a socket and a device are rejected without blocking', async () => {
  const folder = temporaryFiles({});
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  symlinkSync('fifo', join(folder, 'link'));
  mkdirSync(join(folder, 'folder'));
  const server = createServer().listen(join(folder, 'socket'));
  onTestFinished(() => void server.close());
  await once(server, 'listening');

  const failure = (path: string) => {
    try {
      return `read ${readRegularFile(path).length} bytes`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  expect(['fifo', 'link', 'folder', 'socket'].map((name) => failure(join(folder, name)))).toEqual([
    'it is a FIFO, not a regular file',
    'it is a FIFO, not a regular file',
    'it is a directory, not a regular file',
    'it is a socket, not a regular file',
  ]);
  expect(failure('/dev/zero')).toBe('it is a device, not a regular file');
});

test('text must be UTF-8, and a byte order mark is removed', () => {
  const folder = temporaryFiles({ bom: '\uFEFFtext', latin: Uint8Array.of(0x63, 0xe9) });
  expect(readRegularTextFile(join(folder, 'bom'))).toBe('text');
  expect(() => readRegularTextFile(join(folder, 'latin'))).toThrow('it is not UTF-8');
  expect(() => readRegularTextFile(join(folder, 'absent'))).toThrow('ENOENT');
});
