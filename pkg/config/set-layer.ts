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
      problems.push({ origin: `--set ${key}`.trimEnd(), expected: 'key=value' });
    }
  }
  return { source: 'set', entries, problems };
}
