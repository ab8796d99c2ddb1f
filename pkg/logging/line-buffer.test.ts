import { expect, test } from 'vitest';
import { createLineBuffer } from './line-buffer.ts';

function capture() {
  const chunks: string[] = [];
  let synced = 0;
  const buffer = createLineBuffer({
    write: (text) => chunks.push(text),
    flushSync: () => {
      synced++;
    },
  });
  return { buffer, chunks, synced: () => synced };
}

test('lines are joined, in order, and out within the delay', async () => {
  const { buffer, chunks } = capture();
  for (const line of ['a\n', 'b\n', 'c\n']) buffer.write(line);
  expect(chunks).toEqual([]);
  await expect.poll(() => chunks).toEqual(['a\nb\nc\n']);
});

test('a full chunk does not wait', () => {
  const { buffer, chunks } = capture();
  const line = `${'x'.repeat(1023)}\n`;
  for (let i = 0; i < 17; i++) buffer.write(line);
  expect(chunks).toEqual([line.repeat(16)]);
});

test('a flush brings everything out before it returns', () => {
  const { buffer, chunks, synced } = capture();
  buffer.write('last words\n');
  buffer.flushSync();
  expect([chunks, synced()]).toEqual([['last words\n'], 1]);
});
