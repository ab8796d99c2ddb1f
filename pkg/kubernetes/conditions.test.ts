import { expect, test } from 'vitest';
import { findCondition, setCondition } from './conditions.ts';
import type { Condition } from './object.ts';

const EARLIER = new Date('2026-01-01T00:00:00.999Z');
const LATER = new Date('2026-01-02T00:00:00Z');
const READY = { type: 'Ready', status: 'True', reason: 'AllSucceeded', message: '3 of 3 Jobs succeeded' } as const;

const once: readonly Condition[] = setCondition([], READY, EARLIER);

test('a new condition gets the current time in whole seconds', () => {
  expect(once).toEqual([{ ...READY, lastTransitionTime: '2026-01-01T00:00:00Z' }]);
});

test('an unchanged condition leaves the array as it is', () => {
  expect(setCondition(once, { ...READY }, LATER)).toBe(once);
});

test('the transition time changes with the status, not with the rest', () => {
  const worded = setCondition(once, { ...READY, message: 'done', observedGeneration: 2 }, LATER);
  expect(worded).toEqual([
    { ...READY, message: 'done', observedGeneration: 2, lastTransitionTime: '2026-01-01T00:00:00Z' },
  ]);
  const [failed] = setCondition(worded, { ...READY, status: 'False' }, LATER);
  expect(failed).toMatchObject({ status: 'False', lastTransitionTime: '2026-01-02T00:00:00Z' });
});

test('other conditions keep their place', () => {
  const two = setCondition(once, { ...READY, type: 'Degraded' }, EARLIER);
  const changed = setCondition(two, { ...READY, status: 'Unknown' }, LATER);
  expect(changed.map(({ type, status }) => [type, status])).toEqual([
    ['Ready', 'Unknown'],
    ['Degraded', 'True'],
  ]);
  expect(findCondition(changed, 'Degraded')).toBe(two[1]);
  expect(findCondition(changed, 'Available')).toBeUndefined();
});
