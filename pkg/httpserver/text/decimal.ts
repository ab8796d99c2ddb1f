/** `000` to `999`. */
const GROUPS = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));

/**
 * Writes a whole number of at least 0 in decimal digits, three at a time. V8 keeps the text of each number that is
 * converted in a cache, and a number that differs in every request leaves its text there until it is old: garbage that
 * only a full collection frees.
 */
export function decimal(value: number): string {
  if (value < 1000) return String(value);
  return decimal(Math.floor(value / 1000)) + GROUPS[value % 1000];
}

/** Writes a number of at least 0 with three decimal places, like {@link decimal}. */
export function decimal3(value: number): string {
  const thousandths = Math.round(value * 1000);
  return `${decimal(Math.floor(thousandths / 1000))}.${GROUPS[thousandths % 1000]}`;
}
