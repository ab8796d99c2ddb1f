import { type Format, rangePhrase } from './format.ts';

/**
 * A duration: an integer and a unit, such as `250ms`, `10s`, `2m` or `1h`. The value is in milliseconds, and its name
 * in the typed result ends in `Ms`. At most `596h`, because a Node timer longer than 2³¹−1 ms fires immediately
 * (`TIMEOUT_MAX` in lib/internal/timers.js).
 */
export function duration(range: { min?: string; max?: string } = {}): Format<number, 'Ms'> {
  const scale: Scale = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  return quantity('duration', 'such as 250ms, 10s, 2m or 1h', 'Ms', scale, 's', { max: '596h', ...range });
}

/** A size in bytes: an integer and a binary unit, such as `512B`, `512KiB`, `1MiB` or `2GiB`. */
export function byteSize(range: { min?: string; max?: string } = {}): Format<number, ''> {
  const scale: Scale = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
  return quantity('byte size', 'such as 512KiB or 1MiB', '', scale, 'B', range);
}

/** The size of each unit, smallest first. */
type Scale = Readonly<Record<string, number>>;

function quantity<Suffix extends string>(
  name: string,
  example: string,
  suffix: Suffix,
  scale: Scale,
  zeroUnit: string,
  range: { min?: string; max?: string },
): Format<number, Suffix> {
  const min = range.min === undefined ? 0 : limit(range.min, scale);
  const max = range.max === undefined ? Number.MAX_SAFE_INTEGER : limit(range.max, scale);
  const is = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
  const fromText = (text: string) => {
    const value = amount(text, scale);
    return is(value) ? value : undefined;
  };
  return {
    type: `${name}${rangePhrase(range.min, undefined)}`,
    expected: `a ${name}${rangePhrase(range.min, range.max)}, ${example}`,
    suffix,
    is,
    // A bare number in YAML is rejected: it would not show its unit.
    fromYaml: (raw) => (typeof raw === 'string' ? fromText(raw) : undefined),
    fromText,
    toYaml: (value) => {
      const units = Object.entries(scale).reverse();
      const [unit, size] = units.find(([, each]) => value !== 0 && value % each === 0) ?? [zeroUnit, 1];
      return `${value / size}${unit}`;
    },
  };
}

function amount(text: string, scale: Scale): number | undefined {
  const [, digits, unit = ''] = /^(0|[1-9]\d*)([A-Za-z]+)$/.exec(text) ?? [];
  const size = Object.hasOwn(scale, unit) ? scale[unit] : undefined;
  return size === undefined ? undefined : Number(digits) * size;
}

function limit(text: string, scale: Scale): number {
  const value = amount(text, scale);
  if (value === undefined) throw new TypeError(`invalid limit "${text}": not in the notation of its format`);
  return value;
}
