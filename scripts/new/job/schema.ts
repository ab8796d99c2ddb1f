import { duration } from '../../../pkg/config/quantities.ts';
import type { Schema } from '../../../pkg/config/schema.ts';

/** Settings of the sample thing job. */
export const sampleThingSchema = {
  interval: {
    doc: 'Time between the end of one run of the sample thing job and the start of the next.',
    format: duration({ min: '1s' }),
    default: '1m',
  },
} as const satisfies Schema;
