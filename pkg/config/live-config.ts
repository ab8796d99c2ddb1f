import { isDeepStrictEqual } from 'node:util';
import { type Change, changesBetween, same } from './change.ts';
import { ConfigError } from './config-error.ts';
import { type Found, type ParsedLayer, usablePart } from './layer.ts';
import { merge } from './merge.ts';
import type { SettingDescription } from './print.ts';
import { type Rule, resolveConfig } from './resolve.ts';
import { type Schema, type Source, settingsOf } from './schema.ts';
import type { ConfigOf } from './typed-config.ts';

export interface LiveConfigOptions<S extends Schema> {
  readonly schema: S;
  /** As at start, the weakest first. A source whose layer may be read again has one layer, if need be an empty one. */
  readonly layers: readonly ParsedLayer[];
  readonly rules: readonly Rule<ConfigOf<S>>[];
}

/** The part of a pino logger that is used here. */
export interface ConfigLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A configuration whose reloadable settings follow their sources. */
export interface LiveConfig<S extends Schema> {
  /** What the process works with now. A change makes another object; this one is frozen. */
  readonly config: ConfigOf<S>;
  describe(): SettingDescription[];
  /** Whether every source's latest version is in use. */
  readonly successful: boolean;
  /** When one was last taken into use, the start included: milliseconds since 1970. */
  readonly succeededAt: number;
  /**
   * Replaces the layer of the same source. One with a problem, its own or with the others, is refused whole and the
   * former one stays; it is tried again when another source changes, for that may have been the reason. Of a separable
   * layer only the keys with a problem of their own are refused, and keep their former values.
   */
  offer(layer: ParsedLayer): void;
  /**
   * Tells of each change of one or more of these settings, after it.
   *
   * @param keys reloadable ones; throws for any other, which would never be told.
   */
  subscribe(keys: readonly string[], listener: (config: ConfigOf<S>) => void): void;
}

/** @throws ConfigError when the layers do not make a configuration. */
export function createLiveConfig<S extends Schema>(
  { schema, layers: initial, rules }: LiveConfigOptions<S>,
  { logger }: { logger: ConfigLogger },
): LiveConfig<S> {
  const settings = settingsOf(schema);
  const listeners: { keys: readonly string[]; listener: (config: ConfigOf<S>) => void }[] = [];
  const refused = new Map<Source, ParsedLayer>();
  let layers = initial;
  let running = merge(layers);
  let resolved = resolveConfig(schema, layers, rules);
  let succeededAt = Date.now();

  /** Of a setting that is not reloadable, the process keeps the value that it has. */
  function runnable(wanted: ReadonlyMap<string, Found>): ReadonlyMap<string, Found> {
    const kept = [...running].filter(([key]) => settings.get(key)?.reloadable !== true);
    const taken = [...wanted].filter(
      ([key, found]) => settings.get(key)?.reloadable === true || same(running.get(key), found),
    );
    return new Map([...kept, ...taken]);
  }

  /** Takes these layers into use, all or none. */
  function adopt(offered: readonly ParsedLayer[]): ConfigError | undefined {
    const next = layers.map((layer) => {
      const replacement = offered.find(({ source }) => source === layer.source);
      return replacement === undefined ? layer : usablePart(replacement, layer);
    });
    const nextRunning = runnable(merge(next));
    try {
      // It must hold by itself, for the next start, and together with what this process keeps.
      resolveConfig(schema, next, rules);
      resolved = resolveConfig(schema, [{ source: 'default', values: nextRunning, problems: [] }], rules);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
    const changes = changesBetween({ settings, before: layers, after: next, running });
    layers = next;
    running = nextRunning;
    const whole = offered.filter(({ problems }) => problems.length === 0);
    for (const { source } of whole) refused.delete(source);
    if (whole.length > 0) succeededAt = Date.now();
    report(changes);
    return undefined;
  }

  function report(changes: readonly Change[]): void {
    for (const { effect, ...change } of changes) logChange[effect](change);
    const applied = new Set(changes.filter(({ effect }) => effect === 'applied').map(({ key }) => key));
    for (const { keys, listener } of listeners) {
      if (!keys.some((key) => applied.has(key))) continue;
      try {
        listener(resolved.config);
      } catch (error) {
        logger.error({ err: error, keys }, 'a part failed to take a configuration change over');
      }
    }
  }

  const logChange: Record<Change['effect'], (change: object) => void> = {
    applied: (change) => logger.info(change, 'configuration changed'),
    waiting: (change) => logger.warn(change, 'configuration change waits for a restart'),
    settled: (change) => logger.info(change, 'configuration change no longer waits for a restart'),
    shadowed: (change) => logger.warn(change, 'configuration change is shadowed by a higher layer'),
  };

  return {
    get config() {
      return resolved.config;
    },
    describe: () => resolved.describe(),
    get successful() {
      return refused.size === 0;
    },
    get succeededAt() {
      return succeededAt;
    },
    offer(layer) {
      const { source, problems } = layer;
      const others = [...refused.values()].filter((other) => other.source !== source);
      const known = refused.get(source)?.problems;
      refused.set(source, layer);
      const adopted = others.length > 0 && adopt([...others, layer]) === undefined;
      const error = adopted ? undefined : adopt([layer]);
      if (error !== undefined) logger.error({ source, problems: error.problems }, 'configuration change refused');
      else if (problems.length > 0 && !isDeepStrictEqual(problems, known)) {
        logger.error({ source, problems }, 'configuration keys rejected, the others are in use');
      }
    },
    subscribe(keys, listener) {
      const fixed = keys.filter((key) => settings.get(key)?.reloadable !== true);
      if (fixed.length > 0) throw new TypeError(`not reloadable: ${fixed.join(', ')}`);
      listeners.push({ keys, listener });
    },
  };
}
