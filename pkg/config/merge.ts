import type { Found, ParsedLayer } from './layer.ts';

/** Lays layers over each other: of each key, the last one that sets it. */
export function merge(layers: readonly ParsedLayer[]): ReadonlyMap<string, Found> {
  return new Map(layers.flatMap(({ values }) => [...values]));
}
