import { type Format, rangePhrase } from './format.ts';

/** `true` or `false`, but not `yes`, `on`, `1` or `TRUE`. */
export function boolean(): Format<boolean, ''> {
  return direct(
    { type: 'boolean', expected: 'true or false' },
    (value) => typeof value === 'boolean',
    (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  );
}

/** A decimal integer; `min` and `max` are inclusive. */
export function integer(range: { min?: number; max?: number } = {}): Format<number, ''> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = range;
  const phrase = rangePhrase(range.min, range.max);
  return direct(
    { type: `integer${phrase}`, expected: `an integer${phrase}` },
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
    (text) => (/^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : undefined),
  );
}

/** A TCP port. 0 lets the operating system choose one. */
export function port(): Format<number, ''> {
  return { ...integer({ min: 0, max: 65535 }), type: 'port', expected: 'a port number from 0 to 65535' };
}

/** A ratio from 0 to 1, inclusive. */
export function ratio(): Format<number, ''> {
  return direct(
    { type: 'number from 0 to 1', expected: 'a number from 0 to 1' },
    (value) => typeof value === 'number' && value >= 0 && value <= 1,
    (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
  );
}

/** A {@link ratio} greater than 0. */
export function positiveRatio(): Format<number, ''> {
  return direct(
    { type: 'number above 0 and up to 1', expected: 'a number above 0 and up to 1' },
    (value) => typeof value === 'number' && value > 0 && value <= 1,
    (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
  );
}

/** A string with at least one character other than white space. */
export function string(): Format<string, ''> {
  const is = (value: unknown) => typeof value === 'string' && value.trim() !== '';
  return direct({ type: 'string', expected: 'a non-empty string' }, is, (text) => text);
}

/** One of a fixed set of words, matched exactly; the result's type is their union. */
export function oneOf<const Word extends string>(...words: readonly [Word, ...Word[]]): Format<Word, ''> {
  const type = `one of ${words.join(', ')}`;
  return direct<Word>(
    { type, expected: type },
    (value) => words.some((word) => word === value),
    (text) => text,
  );
}

/**
 * An absolute URL, kept as written except that brackets around an IPv4 address are removed. A user name or password is
 * rejected: URLs are printed and logged, so a credential needs its own secret setting.
 */
export function url(protocols: readonly [string, ...string[]] = ['http', 'https']): Format<string, ''> {
  const type = `URL (${protocols.join(' or ')})`;
  const is = (value: unknown) => {
    // The URL parser accepts `http:host` and white space; a configuration should not.
    if (typeof value !== 'string' || /\s/.test(value)) return false;
    const parsed = protocols.some((protocol) => value.startsWith(`${protocol}://`)) ? URL.parse(value) : null;
    return parsed !== null && parsed.username === '' && parsed.password === '';
  };
  const format = direct<string>({ type, expected: `a ${type} without user name or password` }, is, withoutBrackets);
  return { ...format, fromYaml: (raw) => (typeof raw === 'string' ? format.fromText(raw) : undefined) };
}

/** Removes the brackets from `http://[192.0.2.1]:8500`, so that a template can use them for IPv4 and IPv6 alike. */
function withoutBrackets(text: string): string {
  return text.replace(/^(\w+:\/\/)\[([\d.]+)\]/, '$1$2');
}

/** A list of strings: a sequence in YAML, comma-separated in text. Only YAML can express an empty list. */
export function list(
  options: { of?: string; accepts?: (item: string) => boolean } = {},
): Format<readonly string[], ''> {
  const { of: items = 'strings', accepts = () => true } = options;
  const type = `list of ${items}`;
  const isItem = (item: unknown) => typeof item === 'string' && item.trim() !== '' && accepts(item);
  return direct(
    { type, expected: `a ${type} (a sequence in YAML, separated by commas elsewhere)` },
    (value) => Array.isArray(value) && value.every(isItem),
    (text) => text.split(',').map((item) => item.trim()),
  );
}

/** Creates a format whose values are written in YAML unchanged. The result of `decode` is checked with `accepts`. */
function direct<Value>(
  names: Pick<Format<Value>, 'type' | 'expected'>,
  accepts: (value: unknown) => boolean,
  decode: (text: string) => unknown,
): Format<Value, ''> {
  const is = (value: unknown): value is Value => accepts(value);
  const checked = (value: unknown) => (is(value) ? value : undefined);
  return {
    ...names,
    suffix: '',
    is,
    fromYaml: checked,
    fromText: (text) => checked(decode(text)),
    toYaml: (value) => value,
  };
}
