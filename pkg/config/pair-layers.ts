import type { Problem } from './config-error.ts';
import type { Entry, Layer } from './layer.ts';

/** Reads `key=value` command-line arguments as a layer. If a key is repeated, the last one wins. */
export function readSetLayer(args: readonly string[]): Layer {
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  for (const arg of args) {
    const equals = arg.indexOf('=');
    if (equals > 0) {
      const key = arg.slice(0, equals);
      entries.push({ key, origin: `--set ${key}`, raw: { text: arg.slice(equals + 1) } });
    } else {
      // Print only the part that looks like a key: the rest may be a secret.
      const key = /^[\w.]*/.exec(arg)?.[0] ?? '';
      problems.push({ ...(key !== '' && { key }), origin: `--set ${key}`.trimEnd(), expected: 'key=value' });
    }
  }
  return { source: 'set', entries, problems };
}

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
