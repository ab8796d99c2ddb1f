import { expect, test } from 'vitest';
import { chooseElections } from './elections.ts';

const first = () => ({ start() {}, async stop() {} });
const second = () => ({ start() {}, async stop() {} });
const CONNECTED = [
  ['cache', {}],
  ['first', { elect: first }],
  ['second', { elect: second }],
] as const;

test.each([
  [{}, first],
  [{ leaderElection: 'first' }, first],
  [{ leaderElection: 'second' }, second],
  [{ leaderElection: 'none' }, undefined],
] as const)('with %j, the right integration elects', (config, elect) => {
  expect(chooseElections(config, CONNECTED)).toBe(elect);
});

test('without an integration that elects, every replica does the work', () => {
  expect(chooseElections({}, [['cache', {}]])).toBeUndefined();
});
