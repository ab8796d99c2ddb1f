import { oneOf } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import type { Schema } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';

/** Settings of the example domain. */
export const flagsSchema = {
  store: {
    doc:
      'Where flags are kept: `memory`, each instance its own, lost with it; or `consul`, shared by all replicas. Needs ' +
      '`consul.enabled`.',
    format: oneOf('memory', 'consul'),
    default: 'memory',
  },
  expiryInterval: {
    doc: 'How often what is left of expired flags is dropped; for every reader they are gone already.',
    format: duration({ min: '1s' }),
    default: '1m',
  },
} as const satisfies Schema;

export const flagsRules: readonly Rule<
  ConfigOf<{ flags: typeof flagsSchema }> & { readonly consul: { readonly enabled: boolean } }
>[] = [
  {
    keys: ['flags.store', 'consul.enabled'],
    expected: 'memory, or consul.enabled true',
    holds: ({ flags, consul }) => flags.store === 'memory' || consul.enabled,
  },
];
