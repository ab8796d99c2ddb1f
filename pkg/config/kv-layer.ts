import type { Entry, Layer } from './layer.ts';

export interface KvLayerOptions {
  /** Common prefix of the keys, without a trailing slash: `config/orders` for `config/orders/log.level`. */
  readonly prefix: string;
  /** Name of the store in origins: `consul` results in `consul config/orders/log.level`. */
  readonly store: string;
}

/**
 * Reads the keys below a prefix as a layer: one key per setting, named by its dotted path, with the value written as in
 * an environment variable. Skips empty keys that end in a slash: they are folders, which Consul's web UI creates.
 * Removes one trailing newline, which `consul kv put key @file` leaves behind.
 */
export function kvLayer(pairs: Iterable<{ key: string; value: string }>, { prefix, store }: KvLayerOptions): Layer {
  const entries: Entry[] = [];
  for (const { key: path, value } of pairs) {
    const key = path.slice(prefix.length + 1);
    if (path.endsWith('/') && value === '') continue;
    entries.push({ key, origin: `${store} ${path}`, raw: { text: value.replace(/\r?\n$/, '') } });
  }
  return { source: 'kv', entries, problems: [], separable: true };
}
