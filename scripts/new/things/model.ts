import { type Static, Type } from 'typebox';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

const name = Type.String({ minLength: 1, maxLength: 200, description: 'What people call it.' });

export const thingIdSchema = Type.String({ format: 'uuid', maxLength: 36 });

// A schema with an `$id` becomes a named type of the OpenAPI document; the routes add it and refer to it.
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
    items: Type.Array(Type.Unsafe<Thing>(Type.Ref('Thing#')), { description: 'In the order of their ids.' }),
    next: Type.Optional(
      Type.String({ format: 'uuid', description: 'Asks for the next page as `after`; absent on the last one.' }),
    ),
  },
  { $id: 'ThingPage', title: 'ThingPage' },
);
export type ThingPage = Readonly<Static<typeof thingPageSchema>>;
