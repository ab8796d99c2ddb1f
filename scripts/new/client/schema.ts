import { url } from '../../../pkg/config/formats.ts';
import { duration } from '../../../pkg/config/quantities.ts';
import type { Schema } from '../../../pkg/config/schema.ts';

/** Settings of the client for the sample thing service. */
export const sampleThingSchema = {
  url: {
    doc: 'Base URL of the sample thing service.',
    format: url(),
    default: 'http://127.0.0.1:8090',
  },
  timeout: {
    doc: 'Time limit of a call to the sample thing service, including retries. Keep it below `http.handlerTimeout`.',
    format: duration({ min: '1ms' }),
    default: '2s',
  },
} as const satisfies Schema;
