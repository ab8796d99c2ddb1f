import { isDeepStrictEqual } from 'node:util';

/** Keys of the chart's schema that `npm run docs` generates. */
const GENERATED = ['required', 'settings', 'secretSettings'];

/**
 * Merges JSON documents by key, so that changes to neighbouring lines do not conflict.
 *
 * @throws Error if both sides changed the same value.
 */
export function mergeJson(base: string, ours: string, theirs: string): string {
  return `${JSON.stringify(merge('', JSON.parse(base), JSON.parse(ours), JSON.parse(theirs)), null, 2)}\n`;
}

function merge(key: string, base: unknown, ours: unknown, theirs: unknown): unknown {
  if (isDeepStrictEqual(ours, theirs) || isDeepStrictEqual(theirs, base) || GENERATED.includes(key)) return ours;
  if (isDeepStrictEqual(ours, base)) return theirs;
  if (!(isObject(base) && isObject(ours) && isObject(theirs))) throw new Error(`both sides changed ${key}`);
  return Object.fromEntries(
    keysOf(ours, theirs)
      .map((name) => [name, merge(name, base[name], ours[name], theirs[name])] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** Returns the keys of both, each new one after the key that it follows in its object. */
function keysOf(ours: object, theirs: object): string[] {
  const keys = Object.keys(ours);
  for (const [index, key] of Object.keys(theirs).entries()) {
    if (!keys.includes(key)) keys.splice(keys.indexOf(Object.keys(theirs)[index - 1] ?? '') + 1, 0, key);
  }
  return keys;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
