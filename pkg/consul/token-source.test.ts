import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTokenSource } from './token-source.ts';

function temporaryFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'token-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'token');
  writeFileSync(file, text);
  return file;
}

test('a token without a file does not change', () => {
  expect(createTokenSource({ token: 'a' }).current()).toBe('a');
  expect(createTokenSource({}).current()).toBeUndefined();
});

test('a new token file takes effect within two seconds, and the last token stays in use if the file is removed', async () => {
  const file = temporaryFile('first\n');
  const failures: unknown[] = [];
  const source = createTokenSource({ token: 'first', file }, { onUnreadable: (error) => failures.push(error) });
  onTestFinished(() => source.close());
  const token = source.current;
  expect(token()).toBe('first');
  writeFileSync(`${file}.new`, 'second\n');
  renameSync(`${file}.new`, file);
  await expect.poll(token).toBe('second');
  rmSync(file);
  const state = () => ({ token: token(), failures: failures.length });
  await expect.poll(state).toEqual({ token: 'second', failures: 1 });
});
