import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { createTokenFile } from './token-file.ts';

test('a replaced token is used within a second, and kept while the file is empty or missing', () => {
  const path = join(temporaryFiles({ token: 'first\n' }), 'token');
  let now = 0;
  const token = createTokenFile(path, () => now);
  expect(token()).toBe('first');
  writeFileSync(`${path}.new`, 'second');
  renameSync(`${path}.new`, path);
  now += 500;
  expect(token()).toBe('first');
  now += 500;
  expect(token()).toBe('second');
  writeFileSync(path, '');
  now += 1_000;
  expect(token()).toBe('second');
  rmSync(path);
  now += 1_000;
  expect(token()).toBe('second');
});

test('a token file that does not exist or is empty is an error', () => {
  expect(createTokenFile('/nonexistent/token')).toThrow('ENOENT');
  expect(createTokenFile(join(temporaryFiles({ token: '\n' }), 'token'))).toThrow('token is empty');
});
