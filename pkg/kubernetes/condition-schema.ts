import { Type } from 'typebox';

const conditionSchema = Type.Object(
  {
    type: Type.String({ maxLength: 316 }),
    status: Type.Union([Type.Literal('True'), Type.Literal('False'), Type.Literal('Unknown')]),
    reason: Type.String({ minLength: 1, maxLength: 1024, description: 'Why the status is what it is, in one word.' }),
    message: Type.String({ maxLength: 32_768, description: 'The reason for people.' }),
    observedGeneration: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The metadata.generation that the condition was set from.' }),
    ),
    lastTransitionTime: Type.String({ format: 'date-time', description: 'When `status` changed last.' }),
  },
  { description: 'One aspect of the state.' },
);

/** Schema of `status.conditions`. Server-side apply merges the list by type. */
export const conditionsSchema = Type.Array(conditionSchema, {
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  description: 'The state, one condition per aspect.',
});
