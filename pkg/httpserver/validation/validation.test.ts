import { expect, test } from 'vitest';
import { createSchemaController } from './validation.ts';

test('routes with equal shared schemas have the same compilers, and those with others do not', () => {
  const { buildValidator, buildSerializer } = createSchemaController().compilersFactory;
  const item = { Item: { $id: 'Item', type: 'object' } };
  const other = { Item: { $id: 'Item', type: 'string' } };
  expect(buildValidator(structuredClone(item))).toBe(buildValidator(item));
  expect(buildSerializer(structuredClone(item))).toBe(buildSerializer(item));
  expect(buildValidator(other)).not.toBe(buildValidator(item));
  expect(buildSerializer(other)).not.toBe(buildSerializer(item));
});
