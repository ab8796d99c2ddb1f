import type { ErrorObject } from 'ajv';
import type { InvalidField } from './problem.ts';

const PARTS: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' };

/** A body of one megabyte can have a hundred thousand invalid fields. */
const MAX_REPORTED = 100;

/** Converts the validator's errors to the fields of a problem document: at most 100 of them. */
export function invalidFields(errors: readonly Partial<ErrorObject>[], context: string | undefined): InvalidField[] {
  return errors.slice(0, MAX_REPORTED).map((error) => ({
    in: PARTS[context ?? ''] ?? 'body',
    pointer: pointerOf(error),
    message: error.message ?? 'is invalid',
  }));
}

/** Ajv points at the object with a missing or unexpected property; this returns a pointer to the property. */
function pointerOf({ instancePath = '', params }: Partial<ErrorObject>): string {
  const property: unknown = params?.missingProperty ?? params?.additionalProperty;
  return typeof property === 'string'
    ? `${instancePath}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`
    : instancePath;
}
