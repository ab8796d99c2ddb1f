import { validateHeaderName, validateHeaderValue } from 'node:http';
import { readRegularFile } from '../files/regular-file.ts';

/** Returns what is usable of the value of a variable, which is trimmed and not empty, and whether that is all of it. */
export type Validator = (text: string) => { value: string | undefined; whole: boolean };

/** The largest number: the longest time that a timer can wait, in milliseconds. It would not wait at all for a longer one. */
const MAX_INTEGER = 2 ** 31 - 1;

/** The SDK's limit for the keys and values of OTEL_RESOURCE_ATTRIBUTES, in characters. */
const MAX_ATTRIBUTE_LENGTH = 255;

/** One of some words, in any case. */
export function choice(known: readonly string[]): Validator {
  return (text) => whole(known.find((word) => word === text.toLowerCase()));
}

/** Some of some words, in any case, separated by commas. */
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

/** A URL, or for gRPC a host and its port. */
export const endpoint: Validator = (text) => {
  const { protocol, hostname = '' } = URL.parse(text) ?? {};
  const isUrl = (protocol === 'http:' || protocol === 'https:') && hostname !== '';
  return whole((isUrl || /^[\w.-]+:\d{1,5}$/.test(text)) && text);
};

/** `name=value` pairs, separated by commas. */
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

/** The pairs of OTEL_RESOURCE_ATTRIBUTES; undefined when one of them is malformed, for then none counts. */
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

/** The items of a list that are usable, as they are to be written. */
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
