import { type Ajv, type FuncKeywordDefinition, str } from 'ajv';

/** Bounds the relative error of `value / divisor`: half an epsilon for each operand and for the division. */
const MAX_RELATIVE_ERROR = 2 * Number.EPSILON;

const definition: FuncKeywordDefinition = {
  keyword: 'multipleOf',
  type: 'number',
  schemaType: 'number',
  compile: (divisor: number) => (value: number) => isMultipleOf(value, divisor),
  error: { message: ({ schemaCode }) => str`must be multiple of ${schemaCode}` },
};

/**
 * Replaces Ajv's `multipleOf`, which rejects 19.99 as a multiple of 0.01 because 19.99 / 0.01 is 1998.9999999999998. Ajv's
 * option `multipleOfPrecision` allows a fixed absolute error, which is too strict for large values.
 */
export function useDecimalMultipleOf(ajv: Ajv): void {
  ajv.removeKeyword('multipleOf').addKeyword(definition);
}

/** Reports whether `value` is an integer times `divisor`, as decimal numbers. */
export function isMultipleOf(value: number, divisor: number): boolean {
  // The remainder of two floating-point numbers is exact, so nothing is to be tolerated for integers.
  if (value % divisor === 0) return true;
  if (Number.isInteger(divisor)) return false;
  const quotient = value / divisor;
  return Math.abs(quotient - Math.round(quotient)) <= MAX_RELATIVE_ERROR * Math.abs(quotient);
}
