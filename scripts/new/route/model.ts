import { type Static, Type } from 'typebox';

/** Page size if the request gives no `limit`. */
export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

// What a client sends. A new field needs a line here and, if it is required, one in testdata/input.ts.
const fields = {
  name: Type.String({ minLength: 1, maxLength: 200, description: 'The display name.', examples: ['First'] }),
};

export const sampleThingIdSchema = Type.String({
  format: 'uuid',
  maxLength: 36,
  examples: ['0b8f3f0e-6d0b-4a43-9a3e-0c4b8a4a1f5d'],
});

// A schema with an `$id` becomes a named schema of the OpenAPI document. The routes register it and refer to it.
export const sampleThingSchema = Type.Object(
  {
    id: sampleThingIdSchema,
    ...fields,
    version: Type.Integer({ minimum: 1, description: '1 on creation, incremented by each update.', examples: [1] }),
    updatedAt: Type.String({
      format: 'date-time',
      description: 'When the sample thing was last written.',
      examples: ['2026-11-27T09:30:00Z'],
    }),
  },
  { $id: 'SampleThing', title: 'SampleThing' },
);
export type SampleThing = Readonly<Static<typeof sampleThingSchema>>;

export const sampleThingInputSchema = Type.Object(fields, {
  $id: 'SampleThingInput',
  title: 'SampleThingInput',
  additionalProperties: false,
});
export type SampleThingInput = Readonly<Static<typeof sampleThingInputSchema>>;

export const sampleThingPageSchema = Type.Object(
  {
    items: Type.Array(Type.Unsafe<SampleThing>(Type.Ref('SampleThing#')), {
      description: 'Sample things, ordered by id.',
    }),
    nextCursor: Type.Optional(
      Type.String({ description: 'Pass it as `cursor` to get the next page. Absent on the last page.' }),
    ),
  },
  { $id: 'SampleThingPage', title: 'SampleThingPage' },
);
export type SampleThingPage = Readonly<Static<typeof sampleThingPageSchema>>;
