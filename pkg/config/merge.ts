import type { Found, ParsedLayer } from './layer.ts';

/** Merges layers: for each key, the last layer that sets it wins. */
export function merge(layers: readonly ParsedLayer[]): ReadonlyMap<string, Found> {
  return new Map(layers.flatMap(({ values }) => [...values]));
}
