import { type Static, Type } from 'typebox';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

const name = Type.String({ minLength: 1, maxLength: 200, description: 'The display name.' });

export const thingIdSchema = Type.String({ format: 'uuid', maxLength: 36 });

// A schema with an `$id` becomes a named schema of the OpenAPI document. The routes register it and refer to it.
export const thingSchema = Type.Object(
  {
    id: thingIdSchema,
    name,
    createdAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Thing', title: 'Thing' },
);
export type Thing = Readonly<Static<typeof thingSchema>>;

export const thingInputSchema = Type.Object(
  { name },
  { $id: 'ThingInput', title: 'ThingInput', additionalProperties: false },
);
export type ThingInput = Readonly<Static<typeof thingInputSchema>>;

export const thingPageSchema = Type.Object(
  {
    items: Type.Array(Type.Unsafe<Thing>(Type.Ref('Thing#')), { description: 'Things, ordered by id.' }),
    next: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Pass it as `after` to get the next page. Absent on the last page.',
      }),
    ),
  },
  { $id: 'ThingPage', title: 'ThingPage' },
);
export type ThingPage = Readonly<Static<typeof thingPageSchema>>;
