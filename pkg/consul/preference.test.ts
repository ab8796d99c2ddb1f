import { expect, test } from 'vitest';
import type { Instance } from './health-api.ts';
import { inOrder } from './preference.ts';

const instance = (id: string, node: string): Instance => ({ id, node, address: '', port: 1, tags: [], meta: {} });
const near = [instance('c', 'here'), instance('a', 'here'), instance('d', 'there'), instance('b', 'far')];
const ids = (instances: readonly Instance[]) => instances.map(({ id }) => id).join('');

test('nearest keeps the order of nodes and shuffles the instances of each node', () => {
  const orders = Array.from({ length: 200 }, () => ids(inOrder(near, { preference: 'nearest', turn: 0 })));
  expect([...new Set(orders)].toSorted()).toEqual(['acdb', 'cadb']);
});

test('random puts each instance first about equally often', () => {
  const firsts = Array.from({ length: 4_000 }, () => inOrder(near, { preference: 'random', turn: 0 })[0]?.id);
  for (const id of 'abcd') expect(firsts.filter((first) => first === id).length).toBeGreaterThan(800);
});

test('round-robin puts each instance first in turn, regardless of the order in which Consul lists them', () => {
  const turns = [0, 1, 2, 3, 4].map((turn) =>
    ids(inOrder(turn % 2 === 0 ? near : near.toReversed(), { preference: 'round-robin', turn })),
  );
  expect(turns).toEqual(['abcd', 'bcda', 'cdab', 'dabc', 'abcd']);
});

test.each(['nearest', 'random', 'round-robin'] as const)('%s returns an empty list for no instances', (preference) => {
  expect(inOrder([], { preference, turn: 3 })).toEqual([]);
});
