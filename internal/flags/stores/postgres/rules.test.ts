import { expect, test } from 'vitest';
import { problems } from '../../../../test/support/load-files.ts';

test('storing flags in PostgreSQL requires PostgreSQL to be enabled', () => {
  expect(problems({}, { set: ['flags.store=postgres'] })).toMatchObject([{ key: 'flags.store' }]);
  const env = { SKIFF_POSTGRES_URL: 'postgres://app:hush@db/name' };
  expect(problems({}, { env, set: ['flags.store=postgres', 'postgres.enabled=true'] })).toEqual([]);
});
