import { isDeepStrictEqual } from 'node:util';
import { type Found, merge, type ParsedLayer } from './layer.ts';
import { describeValue } from './print.ts';
import type { Setting } from './schema.ts';

/** The effect on one setting of reloading a layer. Values are as written in YAML, with secrets masked. */
export interface Change {
  readonly key: string;
  /**
   * - `applied`: the new value is in use;
   * - `pending`: the setting is not reloadable, so the process keeps its current value until it is restarted;
   * - `reverted`: the pending change was undone, so no restart is needed any more;
   * - `shadowed`: a higher layer sets the same key, so nothing changes.
   */
  readonly effect: 'applied' | 'pending' | 'reverted' | 'shadowed';
  readonly before: unknown;
  readonly after: unknown;
  /** Where the new value was written, or `not set` if it was removed. */
  readonly origin: string;
  /** For a shadowed change: where the value in use was written. */
  readonly shadowedBy?: string;
}

export interface LayerChange {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly before: readonly ParsedLayer[];
  readonly after: readonly ParsedLayer[];
  /** The values that the process is using. */
  readonly running: ReadonlyMap<string, Found>;
}

/** Compares the layers before and after a reload, setting by setting. */
export function changesBetween({ settings, before, after, running }: LayerChange): Change[] {
  const mergedBefore = merge(before);
  const mergedAfter = merge(after);
  const changes: Change[] = [];
  for (const [key, setting] of settings) {
    const previous = mergedBefore.get(key);
    const next = mergedAfter.get(key);
    if (sameValue(previous, next)) {
      changes.push(...shadowedChanges(key, setting, before, after));
    } else {
      const effect = setting.reloadable ? 'applied' : sameValue(running.get(key), next) ? 'reverted' : 'pending';
      changes.push({ key, effect, ...describeChange(setting, previous, next) });
    }
  }
  return changes;
}

/** Layers are ordered from lowest to highest, and each has the same index before and after. */
function shadowedChanges(
  key: string,
  setting: Setting,
  before: readonly ParsedLayer[],
  after: readonly ParsedLayer[],
): Change[] {
  return after.flatMap((layer, index): Change[] => {
    const previous = before[index]?.values.get(key);
    const next = layer.values.get(key);
    const shadow = after.slice(index + 1).findLast(({ values }) => values.has(key));
    const shadowedBy = shadow?.values.get(key)?.origin;
    if (shadowedBy === undefined || sameValue(previous, next)) return [];
    return [{ key, effect: 'shadowed', ...describeChange(setting, previous, next), shadowedBy }];
  });
}

function describeChange(setting: Setting, previous: Found | undefined, next: Found | undefined) {
  return {
    before: describeValue(setting, previous).value,
    after: describeValue(setting, next).value,
    origin: next?.origin ?? 'not set',
  };
}

/** Treats a missing setting and one set to `null` as equal: code that reads the value sees no difference. */
export function sameValue(one: Found | undefined, other: Found | undefined): boolean {
  return isDeepStrictEqual(one?.value, other?.value);
}
