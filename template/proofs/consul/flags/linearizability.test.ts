import { expect, test } from 'vitest';
import { ABSENT, isLinearizable, type Operation } from './linearizability.ts';

function read(invokedAt: number, returnedAt: number, value: string): Operation {
  return { kind: 'read', invokedAt, returnedAt, value };
}
function cas(
  invokedAt: number,
  returnedAt: number,
  from: string,
  to: string,
  outcome: 'done' | 'rejected' | 'unknown' = 'done',
): Operation {
  return { kind: 'cas', invokedAt, returnedAt, from, to, outcome };
}

test.each<[name: string, history: Operation[], expected: boolean]>([
  ['an empty history', [], true],
  ['a write and a read of it', [cas(1, 2, ABSENT, 'a'), read(3, 4, 'a')], true],
  ['a read of a value that was never written', [read(1, 2, 'a')], false],
  ['a read of the old value after the write returned', [cas(1, 2, ABSENT, 'a'), read(3, 4, ABSENT)], false],
  ['a read of the old value during the write', [cas(1, 5, ABSENT, 'a'), read(3, 4, ABSENT)], true],
  ['a lost update', [cas(1, 4, ABSENT, 'a'), cas(2, 5, ABSENT, 'b')], false],
  ['a conflicting update that was rejected', [cas(1, 4, ABSENT, 'a'), cas(2, 5, ABSENT, 'b', 'rejected')], true],
  ['a rejection without a conflict', [cas(1, 2, ABSENT, 'a', 'rejected')], false],
  ['an acknowledged write that was lost', [cas(1, 2, ABSENT, 'a'), cas(3, 4, 'a', 'b'), read(5, 6, 'a')], false],
  ['a write without a response that took effect', [cas(1, 2, ABSENT, 'a', 'unknown'), read(5, 6, 'a')], true],
  [
    'a write without a response that did not take effect',
    [cas(1, 2, ABSENT, 'a', 'unknown'), read(5, 6, ABSENT)],
    true,
  ],
  [
    'a write without a response that took effect late',
    [cas(1, 2, ABSENT, 'a', 'unknown'), read(3, 4, ABSENT), read(5, 6, 'a')],
    true,
  ],
  [
    'a write without a response that was undone',
    [cas(1, 2, ABSENT, 'a', 'unknown'), read(3, 4, 'a'), read(5, 6, ABSENT)],
    false,
  ],
  ['reads that return to an older value', [cas(1, 9, ABSENT, 'a'), read(2, 3, 'a'), read(4, 5, ABSENT)], false],
  [
    'a deletion and a creation',
    [cas(1, 2, ABSENT, 'a'), cas(3, 4, 'a', ABSENT), cas(5, 6, ABSENT, 'b'), read(7, 8, 'b')],
    true,
  ],
  ['a deletion that succeeded twice', [cas(1, 2, ABSENT, 'a'), cas(3, 6, 'a', ABSENT), cas(4, 7, 'a', ABSENT)], false],
])('%s: %j is linearizable: %j', (_name, history, expected) => {
  expect(isLinearizable(history)).toBe(expected);
});
