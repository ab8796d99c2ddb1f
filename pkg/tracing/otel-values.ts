import { validateHeaderName, validateHeaderValue } from 'node:http';
import { readRegularFile } from '../files/regular-file.ts';

/**
 * Returns the usable part of a variable's value, and in `whole` whether that is the entire value. The text is trimmed
 * and not empty.
 */
export type Validator = (text: string) => { value: string | undefined; whole: boolean };

/** The longest delay of a Node timer in milliseconds. A timer with a longer delay fires immediately. */
const MAX_INTEGER = 2 ** 31 - 1;

/** The SDK's limit for the keys and values of OTEL_RESOURCE_ATTRIBUTES, in characters. */
const MAX_ATTRIBUTE_LENGTH = 255;

/** Accepts one of the known words, in any case. */
export function choice(known: readonly string[]): Validator {
  return (text) => whole(known.find((word) => word === text.toLowerCase()));
}

/** Accepts a comma-separated list of known words, in any case. */
export function choices(known: readonly string[]): Validator {
  return list((item) => known.includes(item.toLowerCase()) && item.toLowerCase());
}

export function integer(min: number): Validator {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return whole(value >= min && value <= MAX_INTEGER && String(value));
  };
}

export const ratio: Validator = (text) =>
  whole(/^(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number(text) <= 1 && text);

/** Accepts a URL, or `host:port` for gRPC. */
export const endpoint: Validator = (text) => {
  const { protocol, hostname = '' } = URL.parse(text) ?? {};
  const isUrl = (protocol === 'http:' || protocol === 'https:') && hostname !== '';
  return whole((isUrl || /^[\w.-]+:\d{1,5}$/.test(text)) && text);
};

/** Accepts comma-separated `name=value` pairs. */
export const headers = list((pair) => {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
  try {
    validateHeaderName(decodeURIComponent(name.trim()));
    validateHeaderValue(name, decodeURIComponent(value.trim()));
    return pair;
  } catch {
    return false;
  }
});

export const file: Validator = (path) => {
  try {
    readRegularFile(path);
    return whole(path);
  } catch {
    return whole(false);
  }
};

export const attributes: Validator = (text) => whole(parseAttributes(text) !== undefined && text);

/** Parses OTEL_RESOURCE_ATTRIBUTES. Returns undefined if any pair is malformed, since all are discarded then. */
export function parseAttributes(text: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const pair of text.split(',').filter((item) => item.trim() !== '')) {
    const [key = '', value, ...more] = pair.split('=').map(decoded);
    if (key === '' || value === undefined || more.length > 0) return undefined;
    if (Math.max(key.length, value.length) > MAX_ATTRIBUTE_LENGTH) return undefined;
    found.set(key, value);
  }
  return found;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}

/** Accepts the usable items of a comma-separated list. `usable` returns the normalized item, or false. */
function list(usable: (item: string) => string | false): Validator {
  return (text) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    const kept = items.map(usable).filter((item) => item !== false);
    return { value: kept.length > 0 ? kept.join(',') : undefined, whole: kept.length === items.length };
  };
}

function whole(value: string | false | undefined): { value: string | undefined; whole: boolean } {
  return typeof value === 'string' ? { value, whole: true } : { value: undefined, whole: false };
}
