import { expect, test } from 'vitest';
import { problems } from '../../../../test/support/load-files.ts';

test('Consul has to be enabled for flags that are kept there', () => {
  expect(problems({}, { set: ['flags.store=consul'] })).toMatchObject([{ key: 'flags.store' }]);
  expect(problems({}, { set: ['flags.store=consul', 'consul.enabled=true'] })).toEqual([]);
});
