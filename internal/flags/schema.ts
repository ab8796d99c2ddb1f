import { oneOf } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Schema } from '../../pkg/config/schema.ts';

/** Settings of the example domain. */
export const flagsSchema = {
  store: {
    doc:
      'Where flags are stored. With `memory`, each instance has its own flags and loses them when it stops; any other ' +
      'store is shared by all replicas.',
    format: oneOf('memory', 'consul', 'postgres'),
    default: 'memory',
  },
  expiryInterval: {
    doc: 'How often expired flags are deleted from the store. Readers never see them, even before that.',
    format: duration({ min: '1s' }),
    default: '1m',
  },
} as const satisfies Schema;
