import type { Entry, Layer } from './layer.ts';

export interface KvLayerOptions {
  /** Where the settings are, without a slash at the end: `config/orders` has `config/orders/log.level`. */
  readonly prefix: string;
  /** What the store is called in origins: `consul` makes `consul config/orders/log.level`. */
  readonly store: string;
}

/**
 * The keys below a prefix as a layer: one per setting, named by its dotted path, its value written as in an environment
 * variable. Keys that end in a slash are folders and skipped. One newline at the end is not part of it: `consul kv put key @file` leaves one behind.
 */
export function kvLayer(pairs: Iterable<{ key: string; value: string }>, { prefix, store }: KvLayerOptions): Layer {
  const entries: Entry[] = [];
  for (const { key: path, value } of pairs) {
    const key = path.slice(prefix.length + 1);
    // A folder, which Consul's web page creates, and no setting.
    if (path.endsWith('/') && value === '') continue;
    entries.push({ key, origin: `${store} ${path}`, raw: { text: value.replace(/\r?\n$/, '') } });
  }
  return { source: 'kv', entries, problems: [], separable: true };
}
