import type { Rule } from '../../../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../../../pkg/config/typed-config.ts';
import type { consulSchema } from '../../../consul/schema.ts';
import type { flagsSchema } from '../../schema.ts';

export const consulStoreRules: readonly Rule<ConfigOf<{ flags: typeof flagsSchema; consul: typeof consulSchema }>>[] = [
  {
    keys: ['flags.store', 'consul.enabled'],
    expected: 'another store, or consul.enabled: true',
    holds: ({ flags, consul }) => flags.store !== 'consul' || consul.enabled,
  },
];
