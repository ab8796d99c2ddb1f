/**
 * Defines which values a setting accepts and how they are written. Formats are deliberately strict: a value that does
 * not match is rejected; nothing is coerced, rounded or guessed.
 */
export interface Format<Value, Suffix extends string = string> {
  /** Name in the configuration reference: `integer of at least 0`. */
  readonly type: string;
  /** Name in error messages, with an example for custom notations: `a duration of at least 1s, such as …`. */
  readonly expected: string;
  /** Appended to the key's name in the typed result to show the unit: `Ms` for a duration. */
  readonly suffix: Suffix;
  is(value: unknown): value is Value;
  /** Converts a value decoded by a YAML parser; returns `undefined` when it does not match. */
  fromYaml(raw: unknown): Value | undefined;
  /** Converts text from a variable, a secret file or the command line; returns `undefined` when it does not match. */
  fromText(text: string): Value | undefined;
  /** Converts back to the YAML notation. `fromYaml(toYaml(value))` equals `value`. */
  toYaml(value: Value): unknown;
}

/** Returns the suffix that names a range: ` from 1 to 9`, ` of at least 1`, ` of at most 9`, or an empty string. */
export function rangePhrase(min: string | number | undefined, max: string | number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  if (max !== undefined) return ` of at most ${max}`;
  return '';
}
