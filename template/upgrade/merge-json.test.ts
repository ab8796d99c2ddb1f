import { expect, test } from 'vitest';
import { mergeJson } from './merge-json.ts';

const merge = (base: unknown, ours: unknown, theirs: unknown) =>
  mergeJson(...([base, ours, theirs].map((value) => JSON.stringify(value)) as [string, string, string]));

test('keys that each side added, changed and removed are merged, new ones after the key that they follow', () => {
  const base = { scripts: { a: '1', b: '1', c: '1', d: '1' } };
  const ours = { scripts: { a: '2', b: '1', mine: '1', d: '1' } };
  const theirs = { scripts: { a: '1', theirs: '1', c: '1', d: '2' }, added: true };
  expect(merge(base, ours, theirs)).toBe(
    `${JSON.stringify({ scripts: { a: '2', theirs: '1', mine: '1', d: '2' }, added: true }, null, 2)}\n`,
  );
});

test.each([
  ['a value', { a: 1 }, { a: 2 }, { a: 3 }],
  ['a list', { a: [1] }, { a: [1, 2] }, { a: [1, 3] }],
  ['a value that one side removed', { a: 1, b: 1 }, { b: 1 }, { a: 2, b: 1 }],
])('%s that both sides changed is a conflict', (_, base, ours, theirs) => {
  expect(() => merge(base, ours, theirs)).toThrow('both sides changed a');
});

test('the same change on both sides is none, and neither is one in a part of the schema that is generated', () => {
  expect(JSON.parse(merge({ a: 1 }, { a: 2 }, { a: 2 }))).toEqual({ a: 2 });
  expect(JSON.parse(merge({ required: [1] }, { required: [1, 2] }, { required: [3] }))).toEqual({ required: [1, 2] });
});
