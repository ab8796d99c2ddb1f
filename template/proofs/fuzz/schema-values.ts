import * as fc from 'fast-check';
import type { JsonSchema, OpenApiDocument } from './document.ts';

/** Generates values that the schema accepts and, with a probability of one in ten, arbitrary ones. */
export function valuesFor(schema: JsonSchema, document: OpenApiDocument): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 9, arbitrary: validValues(schema, document) },
    { weight: 1, arbitrary: fc.oneof(fc.jsonValue(), fc.string(), fc.string({ unit: 'binary' })) },
  );
}

function validValues(schema: JsonSchema, document: OpenApiDocument): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valuesFor(resolve(schema.$ref, document), document);
  const { minimum, maximum } = schema;
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {});
      const model = Object.fromEntries(properties.map(([name, value]) => [name, valuesFor(value, document)]));
      return fc.record(model, { requiredKeys: schema.required ?? [] });
    }
    case 'array':
      return fc.array(valuesFor(schema.items ?? {}, document));
    case 'integer':
      return fc.integer({
        ...(minimum !== undefined && { min: minimum }),
        ...(maximum !== undefined && { max: maximum }),
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return strings(schema);
    default:
      return fc.jsonValue();
  }
}

const instants = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });

function strings({ pattern, format, maxLength }: JsonSchema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  if (format === 'date-time') return instants.map((date) => date.toISOString());
  return fc.string(maxLength === undefined ? {} : { maxLength });
}

function resolve(reference: string, document: OpenApiDocument): JsonSchema {
  const name = reference.replace('#/components/schemas/', '');
  const schema = document.components.schemas[name];
  if (schema === undefined) throw new Error(`the document has no ${reference}`);
  return schema;
}
