import type { Rule } from '../../../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../../../pkg/config/typed-config.ts';
import type { postgresSchema } from '../../../postgres/schema.ts';
import type { flagsSchema } from '../../schema.ts';

export const postgresStoreRules: readonly Rule<
  ConfigOf<{ flags: typeof flagsSchema; postgres: typeof postgresSchema }>
>[] = [
  {
    keys: ['flags.store', 'postgres.enabled'],
    expected: 'another store, or postgres.enabled: true',
    holds: ({ flags, postgres }) => flags.store !== 'postgres' || postgres.enabled,
  },
];
