import { expect, test } from 'vitest';
import { readSetLayer } from './set-layer.ts';

test('an argument is split at its first equals sign', () => {
  expect(readSetLayer(['a.b=1', 'c=x=y', 'd=']).entries).toEqual([
    { key: 'a.b', origin: '--set a.b', raw: { text: '1' } },
    { key: 'c', origin: '--set c', raw: { text: 'x=y' } },
    { key: 'd', origin: '--set d', raw: { text: '' } },
  ]);
});

test('an argument without a key or an equals sign is a problem that shows only what looks like a key', () => {
  expect(readSetLayer(['db.token:s3cret', '=5', '']).problems).toEqual([
    { origin: '--set db.token', expected: 'key=value' },
    { origin: '--set', expected: 'key=value' },
    { origin: '--set', expected: 'key=value' },
  ]);
});
