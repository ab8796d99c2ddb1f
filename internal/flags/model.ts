import { type Static, Type } from 'typebox';
import { MAX_DATE_TIME_LENGTH } from '../../pkg/httpserver/validation/date-time.ts';

/** A flag's key. Lower case, so that no two keys differ only in case; ASCII, so that every store sorts them alike. */
export const FLAG_KEY_PATTERN = '^[a-z0-9][a-z0-9._-]{0,63}$';
export const MAX_KEY_LENGTH = 64;

/** Page size of a list that asks for none. */
export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

const enabled = Type.Boolean({ description: 'Whether the feature is on.' });
const description = Type.String({ maxLength: 500, description: 'What the flag is for.' });
const expiresAt = Type.String({
  format: 'date-time',
  maxLength: MAX_DATE_TIME_LENGTH,
  description: 'From this instant on the flag is absent. In a request it lies in the future.',
});

export const flagKeySchema = Type.String({
  pattern: FLAG_KEY_PATTERN,
  maxLength: MAX_KEY_LENGTH,
  description: 'Key of the flag.',
});

// A schema with an `$id` becomes a named type of the OpenAPI document; the routes add it and refer to it.
export const flagSchema = Type.Object(
  {
    key: flagKeySchema,
    enabled,
    description: Type.Optional(description),
    expiresAt: Type.Optional(expiresAt),
    version: Type.Integer({ minimum: 1, description: '1 on creation, one more with each update.' }),
    updatedAt: Type.String({ format: 'date-time', description: 'When the flag was last written.' }),
  },
  { $id: 'Flag', title: 'Flag' },
);
export type Flag = Readonly<Static<typeof flagSchema>>;

export const flagInputSchema = Type.Object(
  { enabled, description: Type.Optional(description), expiresAt: Type.Optional(expiresAt) },
  { $id: 'FlagInput', title: 'FlagInput', additionalProperties: false },
);
export type FlagInput = Readonly<Static<typeof flagInputSchema>>;

export const flagPageSchema = Type.Object(
  {
    items: Type.Array(Type.Unsafe<Flag>(Type.Ref('Flag#')), { description: 'Flags in the order of their keys.' }),
    nextCursor: Type.Optional(Type.String({ description: 'Asks for the next page; absent on the last one.' })),
  },
  { $id: 'FlagPage', title: 'FlagPage' },
);
export type FlagPage = Readonly<Static<typeof flagPageSchema>>;

/** Whether a flag is to be treated as absent at `nowMs`, a time in milliseconds since the epoch. */
export function isExpired(flag: Flag, nowMs: number): boolean {
  return flag.expiresAt !== undefined && Date.parse(flag.expiresAt) <= nowMs;
}
