import { type Static, Type } from 'typebox';

const expressionSchema = Type.Object(
  {
    key: Type.String({ minLength: 1, maxLength: 317, description: 'The label.' }),
    operator: Type.Union(
      [Type.Literal('In'), Type.Literal('NotIn'), Type.Literal('Exists'), Type.Literal('DoesNotExist')],
      { description: 'How the label is compared with `values`.' },
    ),
    values: Type.Optional(
      Type.Array(Type.String({ maxLength: 63 }), {
        maxItems: 64,
        description: 'Values of the label: at least one for In and NotIn, none for Exists and DoesNotExist.',
      }),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
        message: 'the operators In and NotIn require values; Exists and DoesNotExist allow none',
      },
    ],
  },
);

/** Schema of a selector that must not be empty: in Kubernetes, an empty selector selects everything. */
export const labelSelectorSchema = Type.Object(
  {
    matchLabels: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 63 }), {
        maxProperties: 16,
        description: 'Labels that an object must have, with these values.',
      }),
    ),
    matchExpressions: Type.Optional(
      Type.Array(expressionSchema, { maxItems: 16, description: 'Further conditions on labels. All must hold.' }),
    ),
  },
  {
    description: 'Selects objects of the same namespace by their labels. All conditions must hold.',
    'x-kubernetes-validations': [
      {
        rule: '(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)',
        message: 'the selector must contain at least one label or expression; an empty one would select everything',
      },
    ],
  },
);

export type LabelSelector = Static<typeof labelSelectorSchema>;

/** Reports whether the selector selects an object with these labels. */
export function matchesSelector(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      // As in the API server, an object without the label is selected by NotIn.
      const isListed = value !== undefined && values.includes(value);
      return operator === 'In' ? isListed : !isListed;
    })
  );
}
