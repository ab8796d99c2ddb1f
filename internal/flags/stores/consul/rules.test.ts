import { expect, test } from 'vitest';
import { problems } from '../../../../test/support/load-files.ts';

test('storing flags in Consul requires Consul to be enabled', () => {
  expect(problems({}, { set: ['flags.store=consul'] })).toMatchObject([{ key: 'flags.store' }]);
  expect(problems({}, { set: ['flags.store=consul', 'consul.enabled=true'] })).toEqual([]);
});
