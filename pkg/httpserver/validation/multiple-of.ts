/** Bounds the relative error of `value / divisor`: half an epsilon for each operand and for the division. */
const MAX_RELATIVE_ERROR = 2 * Number.EPSILON;

/**
 * Reports whether `value` is an integer times `divisor`, as decimal numbers. Ajv's own `multipleOf` rejects 19.99 as a multiple
 * of 0.01 because 19.99 / 0.01 is 1998.9999999999998. Its option `multipleOfPrecision` allows a fixed absolute error, which is
 * too strict for large values.
 */
export function isMultipleOf(value: number, divisor: number): boolean {
  // The remainder of two floating-point numbers is exact, so nothing is to be tolerated for integers.
  if (value % divisor === 0) return true;
  if (Number.isInteger(divisor)) return false;
  const quotient = value / divisor;
  return Math.abs(quotient - Math.round(quotient)) <= MAX_RELATIVE_ERROR * Math.abs(quotient);
}
