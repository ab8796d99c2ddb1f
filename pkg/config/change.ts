import { isDeepStrictEqual } from 'node:util';
import type { Found, ParsedLayer } from './layer.ts';
import { merge } from './merge.ts';
import { describeValue } from './print.ts';
import type { Setting } from './schema.ts';

/** What became of one setting when a layer was read again. Values are described: as in YAML, secrets masked. */
export interface Change {
  readonly key: string;
  /**
   * - `applied`: it holds from now on;
   * - `waiting`: the setting is not reloadable, so the process goes on with what it has until it is restarted;
   * - `settled`: it had been waiting, and is again what the process has;
   * - `shadowed`: a higher layer sets it too, so nothing changes.
   */
  readonly effect: 'applied' | 'waiting' | 'settled' | 'shadowed';
  readonly before: unknown;
  readonly after: unknown;
  /** Where the new value stands, or that it is not set any more. */
  readonly origin: string;
  /** Of a shadowed one: where the value stands that holds. */
  readonly shadowedBy?: string;
}

export interface LayerChange {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly before: readonly ParsedLayer[];
  readonly after: readonly ParsedLayer[];
  /** What the process works with. */
  readonly running: ReadonlyMap<string, Found>;
}

/** Compares layers with what they were, setting by setting. */
export function changesBetween({ settings, before, after, running }: LayerChange): Change[] {
  const wantedBefore = merge(before);
  const wantedAfter = merge(after);
  const changes: Change[] = [];
  for (const [key, setting] of settings) {
    const was = wantedBefore.get(key);
    const is = wantedAfter.get(key);
    if (same(was, is)) {
      changes.push(...shadowedChanges(key, setting, before, after));
    } else {
      const effect = setting.reloadable ? 'applied' : same(running.get(key), is) ? 'settled' : 'waiting';
      changes.push({ key, effect, ...described(setting, was, is) });
    }
  }
  return changes;
}

/** A higher layer is one further back. Layers are at the same place before and after. */
function shadowedChanges(
  key: string,
  setting: Setting,
  before: readonly ParsedLayer[],
  after: readonly ParsedLayer[],
): Change[] {
  return after.flatMap((layer, place): Change[] => {
    const was = before[place]?.values.get(key);
    const is = layer.values.get(key);
    const shadow = after.slice(place + 1).findLast(({ values }) => values.has(key));
    const shadowedBy = shadow?.values.get(key)?.origin;
    if (shadowedBy === undefined || same(was, is)) return [];
    return [{ key, effect: 'shadowed', ...described(setting, was, is), shadowedBy }];
  });
}

function described(setting: Setting, was: Found | undefined, is: Found | undefined) {
  return {
    before: describeValue(setting, was).value,
    after: describeValue(setting, is).value,
    origin: is?.origin ?? 'not set',
  };
}

/** Not set, and set to none, are the same to whoever uses the value. */
export function same(one: Found | undefined, other: Found | undefined): boolean {
  return isDeepStrictEqual(one?.value, other?.value);
}
