import { type Static, Type } from 'typebox';
import { MAX_DATE_TIME_LENGTH } from '../../pkg/httpserver/validation/date-time.ts';

/** Lower case, so that no two keys differ only in case; ASCII, so that every store sorts them in the same order. */
export const FLAG_KEY_PATTERN = '^[a-z0-9][a-z0-9._-]{0,63}$';
export const MAX_KEY_LENGTH = 64;

/** Page size if the request gives no `limit`. */
export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

const enabled = Type.Boolean({ description: 'Whether the feature is on.', examples: [true] });
const description = Type.String({ maxLength: 500, description: 'What the flag is for.', examples: ['New checkout'] });
const expiresAt = Type.String({
  format: 'date-time',
  maxLength: MAX_DATE_TIME_LENGTH,
  description: 'When the flag expires and ceases to exist. In a request, it must be in the future.',
  examples: ['2099-01-01T00:00:00Z'],
});

export const flagKeySchema = Type.String({
  pattern: FLAG_KEY_PATTERN,
  maxLength: MAX_KEY_LENGTH,
  description: 'The key of the flag.',
  examples: ['new-checkout'],
});

// A schema with an `$id` becomes a named schema of the OpenAPI document. The routes register it and refer to it.
export const flagSchema = Type.Object(
  {
    key: flagKeySchema,
    enabled,
    description: Type.Optional(description),
    expiresAt: Type.Optional(expiresAt),
    version: Type.Integer({ minimum: 1, description: '1 on creation, incremented by each update.', examples: [1] }),
    updatedAt: Type.String({
      format: 'date-time',
      description: 'When the flag was last written.',
      examples: ['2026-11-27T09:30:00Z'],
    }),
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
    items: Type.Array(Type.Unsafe<Flag>(Type.Ref('Flag#')), { description: 'Flags, ordered by key.' }),
    nextCursor: Type.Optional(
      Type.String({ description: 'Pass it as `cursor` to get the next page. Absent on the last page.' }),
    ),
  },
  { $id: 'FlagPage', title: 'FlagPage' },
);
export type FlagPage = Readonly<Static<typeof flagPageSchema>>;

/** Reports whether the flag counts as absent at `nowMs`, a time in milliseconds since the epoch. */
export function isExpired(flag: Flag, nowMs: number): boolean {
  return flag.expiresAt !== undefined && Date.parse(flag.expiresAt) <= nowMs;
}
