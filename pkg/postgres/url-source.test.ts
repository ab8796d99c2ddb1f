import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { createUrlSource } from './url-source.ts';

const FIRST = 'postgres://app:first@db/name';
const SECOND = 'postgres://app:second@db/name';

function watched(text: string) {
  const file = join(temporaryFiles({ url: text }), 'url');
  const rejections: unknown[] = [];
  const source = createUrlSource({ url: FIRST, file }, { onRejected: (error) => rejections.push(error) });
  onTestFinished(source.close);
  return { file, source, rejections };
}

test('the URL follows its file', async () => {
  const { file, source } = watched(`${FIRST}\n`);
  expect(source.current()).toBe(FIRST);
  writeFileSync(file, `${SECOND}\n`);
  await expect.poll(source.current).toBe(SECOND);
});

test('an empty, invalid or missing file keeps the previous URL, and is reported once', async () => {
  const { file, source, rejections } = watched('');
  expect(source.current()).toBe(FIRST);
  expect(rejections).toEqual([]);
  writeFileSync(file, 'postgres://app:hush@db/name?x=1');
  await expect.poll(() => rejections.length).toBe(1);
  rmSync(file);
  writeFileSync(file, SECOND);
  await expect.poll(source.current).toBe(SECOND);
  expect(rejections).toHaveLength(1);
  expect(String(rejections)).not.toContain('hush');
});

test('a URL that does not come from a file does not change', () => {
  const source = createUrlSource({ url: FIRST }, { onRejected: () => {} });
  expect(source.current()).toBe(FIRST);
  source.close();
});
