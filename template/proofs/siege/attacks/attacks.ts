import type { Attack } from './attack.ts';
import { bodyAttacks } from './bodies.ts';
import { rebinding, resets, slowHeaders } from './connections.ts';
import { longStrings } from './long-strings.ts';
import { malformedRequests } from './raw-cases.ts';
import { slowReaders, unreadPipelines } from './readers.ts';
import { schemaCases } from './schema-cases.ts';

/** All attacks, by the name used on the command line and in the report. */
export const attacks: Readonly<Record<string, Attack>> = {
  ...bodyAttacks,
  'slow-readers': slowReaders,
  'unread-pipelines': unreadPipelines,
  'long-strings': longStrings,
  'malformed-requests': malformedRequests,
  'schema-cases': schemaCases,
  'slow-headers': slowHeaders,
  resets,
  rebinding,
};
