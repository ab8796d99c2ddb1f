import { expect, test } from 'vitest';
import { createObjectCache } from './object-cache.ts';

const object = (name: string, owners: readonly string[]) => ({ metadata: { name }, owners });

test('an index finds objects under all their current values', () => {
  const cache = createObjectCache<ReturnType<typeof object>>({ owner: ({ owners }) => owners });
  cache.set('a', object('a', ['x', 'y']));
  cache.set('b', object('b', ['x']));
  const namesOf = (owner: string) => cache.byIndex('owner', owner).map(({ metadata }) => metadata.name);
  expect([namesOf('x'), namesOf('y'), namesOf('z')]).toEqual([['a', 'b'], ['a'], []]);
  cache.set('a', object('a', ['z']));
  cache.delete('b');
  cache.delete('missing');
  expect([namesOf('x'), namesOf('y'), namesOf('z')]).toEqual([[], [], ['a']]);
  expect(() => cache.byIndex('unknown', 'x')).toThrow('no index "unknown"');
});
