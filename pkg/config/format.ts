/**
 * What a setting may hold, and how it is written. Formats are strict on purpose: a value is either written as its
 * format says or it is refused; nothing is coerced, rounded or guessed.
 */
export interface Format<Value, Suffix extends string = string> {
  /** As the reference names it: `integer of at least 0`. */
  readonly type: string;
  /** As an error names it, with an example where the notation is ours: `a duration of at least 1s, such as …`. */
  readonly expected: string;
  /** Added to the key's name in the typed result, so that a unit stays in sight: `Ms` for a duration. */
  readonly suffix: Suffix;
  is(value: unknown): value is Value;
  /** From a value that a YAML parser has decoded; `undefined` when it does not fit. */
  fromYaml(raw: unknown): Value | undefined;
  /** From text: an environment variable, a secret's file, the command line. `undefined` when it does not fit. */
  fromText(text: string): Value | undefined;
  /** Back to what one would write in YAML. `fromYaml(toYaml(value))` equals `value`. */
  toYaml(value: Value): unknown;
}

/** ` from 1 to 9`, ` of at least 1`, ` of at most 9`, or nothing: the tail of a type's name. */
export function rangePhrase(min: string | number | undefined, max: string | number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  if (max !== undefined) return ` of at most ${max}`;
  return '';
}
