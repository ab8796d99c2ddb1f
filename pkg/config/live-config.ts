import { isDeepStrictEqual } from 'node:util';
import { watchFiles } from '../files/watch-files.ts';
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
  /** The weakest first. A source whose layer may be replaced has one layer, if need be an empty one. */
  readonly layers: readonly ParsedLayer[];
  /** Files that may change, and how the layer in each is read. */
  readonly files?: readonly { readonly path: string; read(): ParsedLayer }[];
  readonly rules: readonly Rule<ConfigOf<S>>[];
}

/** The part of a pino logger that is used here. */
export interface ConfigLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * A configuration that its sources can change. While the process starts, a layer that is offered sets anything; from
 * `follow` on only reloadable settings.
 */
export interface LiveConfig<S extends Schema> {
  /** The configuration in use. Frozen: a change creates another object. */
  readonly current: ConfigOf<S>;
  describe(): SettingDescription[];
  /** The file that a secret was read from, if any: rotating the secret replaces that file. */
  secretFile(key: string): string | undefined;
  /** Whether every source's latest version is in use. */
  readonly successful: boolean;
  /** When one was last taken into use, the start included: milliseconds since 1970. */
  readonly succeededAt: number;
  /**
   * Replaces the layer of the same source. One with a problem, its own or with the others, is refused whole and the
   * former one stays; it is tried again when another source changes, for that may have been the reason. Of a separable
   * layer only the keys with a problem of their own are refused, and keep their former values.
   *
   * @param options.required throw ConfigError, and change nothing, unless the whole layer can be used.
   */
  offer(layer: ParsedLayer, options?: { readonly required: boolean }): void;
  /** Ends the start: from here on changes are logged and reported to subscribers. What was refused until now is logged. */
  follow(logger: ConfigLogger): void;
  /** Offers the layer of a file whenever the file changes. @returns what ends that. */
  watchFiles(): () => void;
  /**
   * Tells of each change of one or more of these settings, after it.
   *
   * @param keys reloadable ones; throws for any other, which would never be told.
   */
  subscribe(keys: readonly string[], listener: (config: ConfigOf<S>) => void): void;
}

/** @throws ConfigError when the layers do not make a configuration. */
export function createLiveConfig<S extends Schema>({
  schema,
  layers: initial,
  files = [],
  rules,
}: LiveConfigOptions<S>): LiveConfig<S> {
  const settings = settingsOf(schema);
  const listeners: { keys: readonly string[]; listener: (config: ConfigOf<S>) => void }[] = [];
  const refused = new Map<Source, ParsedLayer>();
  let layers = initial;
  let running = merge(layers);
  let resolved = resolveConfig(schema, layers, rules);
  let succeededAt = Date.now();
  let logger: ConfigLogger | undefined;

  /** A setting that is not reloadable keeps the value that the process has started with. */
  function runnable(wanted: ReadonlyMap<string, Found>): ReadonlyMap<string, Found> {
    if (logger === undefined) return wanted;
    const kept = [...running].filter(([key]) => settings.get(key)?.reloadable !== true);
    const taken = [...wanted].filter(
      ([key, found]) => settings.get(key)?.reloadable === true || same(running.get(key), found),
    );
    return new Map([...kept, ...taken]);
  }

  /** The layers with these in the place of those of the same sources. */
  function replaced(offered: readonly ParsedLayer[]): { readonly before: ParsedLayer; readonly after: ParsedLayer }[] {
    return layers.map((before) => ({
      before,
      after: offered.find(({ source }) => source === before.source) ?? before,
    }));
  }

  /** Takes these layers into use, all or none. */
  function adopt(offered: readonly ParsedLayer[]): ConfigError | undefined {
    const next = replaced(offered).map(({ before, after }) => (after === before ? before : usablePart(after, before)));
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
    if (logger === undefined) return;
    for (const { effect, ...change } of changes) CHANGES[effect](logger, change);
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

  /** Logs why a layer is not, or not as a whole, in use. */
  function logRefused({ source, problems }: ParsedLayer, error: ConfigError | undefined): void {
    if (error !== undefined) logger?.error({ source, problems: error.problems }, 'configuration change refused');
    else logger?.error({ source, problems }, 'configuration keys rejected, the others are in use');
  }

  function offer(layer: ParsedLayer, { required = false } = {}): void {
    // Throws what is wrong.
    if (required)
      resolveConfig(
        schema,
        replaced([layer]).map(({ after }) => after),
        rules,
      );
    const { source, problems } = layer;
    const others = [...refused.values()].filter((other) => other.source !== source);
    const known = refused.get(source)?.problems;
    refused.set(source, layer);
    const adopted = others.length > 0 && adopt([...others, layer]) === undefined;
    const error = adopted ? undefined : adopt([layer]);
    if (error !== undefined || (problems.length > 0 && !isDeepStrictEqual(problems, known))) logRefused(layer, error);
  }

  return {
    get current() {
      return resolved.config;
    },
    describe: () => resolved.describe(),
    secretFile: (key) => resolved.secretFile(key),
    get successful() {
      return refused.size === 0;
    },
    get succeededAt() {
      return succeededAt;
    },
    offer,
    follow(newLogger) {
      logger = newLogger;
      for (const layer of refused.values()) logRefused(layer, adopt([layer]));
    },
    watchFiles() {
      const unwatch = files.map(({ path, read }) => {
        const offerFile = () => offer(read());
        const stop = watchFiles([path], { onChange: offerFile });
        // It may have changed since the start read it.
        offerFile();
        return stop;
      });
      return () => {
        for (const stop of unwatch) stop();
      };
    },
    subscribe(keys, listener) {
      const fixed = keys.filter((key) => settings.get(key)?.reloadable !== true);
      if (fixed.length > 0) throw new TypeError(`not reloadable: ${fixed.join(', ')}`);
      listeners.push({ keys, listener });
    },
  };
}

const CHANGES: Record<Change['effect'], (logger: ConfigLogger, change: object) => void> = {
  applied: (logger, change) => logger.info(change, 'configuration changed'),
  waiting: (logger, change) => logger.warn(change, 'configuration change waits for a restart'),
  settled: (logger, change) => logger.info(change, 'configuration change no longer waits for a restart'),
  shadowed: (logger, change) => logger.warn(change, 'configuration change is shadowed by a higher layer'),
};
