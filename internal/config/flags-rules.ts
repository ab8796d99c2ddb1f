import type { Rule } from '../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import type { schema } from './schema.ts';

export const flagsRules: readonly Rule<ConfigOf<typeof schema>>[] = [
  {
    keys: ['flags.store', 'consul.enabled'],
    expected: 'memory, or consul.enabled true',
    holds: ({ flags, consul }) => flags.store === 'memory' || consul.enabled,
  },
];
