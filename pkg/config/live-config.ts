import { isDeepStrictEqual } from 'node:util';
import { watchFiles } from '../files/watch-files.ts';
import { type Change, changesBetween, sameValue } from './change.ts';
import { ConfigError } from './config-error.ts';
import { type Found, merge, type ParsedLayer, usableLayer } from './layer.ts';
import type { SettingDescription } from './print.ts';
import { type Rule, resolveConfig } from './resolve.ts';
import { type Schema, type Source, settingsOf } from './schema.ts';
import type { ConfigOf } from './typed-config.ts';

export interface LiveConfigOptions<S extends Schema> {
  readonly schema: S;
  /** Lowest precedence first. Every source that can change later needs a layer here, even an empty one. */
  readonly layers: readonly ParsedLayer[];
  /** Files that may change, with the function that reads each as a layer. */
  readonly files?: readonly { readonly path: string; read(): ParsedLayer }[];
  readonly rules: readonly Rule<ConfigOf<S>>[];
}

/** The subset of a pino logger that is used here. */
export interface ConfigLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * A configuration that changes with its sources. During startup, an offered layer may set any setting; after `follow`,
 * it can change only reloadable ones.
 */
export interface LiveConfig<S extends Schema> {
  /** The configuration in use. Frozen: a change creates a new object. */
  readonly current: ConfigOf<S>;
  describe(): SettingDescription[];
  /** Returns the file that a secret was read from, if any: rotating the secret replaces that file. */
  secretFile(key: string): string | undefined;
  /** Whether every source's latest version is in use. */
  readonly successful: boolean;
  /** When a layer was last applied, including at startup, in milliseconds since the Unix epoch. */
  readonly succeededAt: number;
  /**
   * Replaces the layer of the same source. A layer that is invalid, by itself or together with the other layers, is
   * rejected as a whole and the previous one stays in use. It is retried when another source changes, since that may
   * have been the cause. In a separable layer, only the invalid keys are rejected; they keep their previous values.
   *
   * @param options.required throws ConfigError and changes nothing unless the whole layer is valid.
   */
  offer(layer: ParsedLayer, options?: { readonly required: boolean }): void;
  /** Ends startup: from now on, changes are logged and subscribers notified. Logs the layers rejected so far. */
  follow(logger: ConfigLogger): void;
  /** Offers the layer of a file whenever the file changes. Returns a function that stops watching. */
  watchFiles(): () => void;
  /**
   * Calls the listener after each change of one or more of these settings.
   *
   * @throws TypeError for a key that is not reloadable, since its listener would never be called.
   */
  subscribe(keys: readonly string[], listener: (config: ConfigOf<S>) => void): void;
}

/** @throws ConfigError when the layers do not form a valid configuration. */
export function createLiveConfig<S extends Schema>({
  schema,
  layers: initial,
  files = [],
  rules,
}: LiveConfigOptions<S>): LiveConfig<S> {
  const settings = settingsOf(schema);
  const listeners: { keys: readonly string[]; listener: (config: ConfigOf<S>) => void }[] = [];
  const rejected = new Map<Source, ParsedLayer>();
  let layers = initial;
  let running = merge(layers);
  let resolved = resolveConfig(schema, layers, rules);
  let succeededAt = Date.now();
  let logger: ConfigLogger | undefined;

  /** Keeps the value that the process started with for every setting that is not reloadable. */
  function withFixedSettings(merged: ReadonlyMap<string, Found>): ReadonlyMap<string, Found> {
    if (logger === undefined) return merged;
    const kept = [...running].filter(([key]) => settings.get(key)?.reloadable !== true);
    const applied = [...merged].filter(
      ([key, found]) => settings.get(key)?.reloadable === true || sameValue(running.get(key), found),
    );
    return new Map([...kept, ...applied]);
  }

  /** Pairs each layer in use with the offered layer of the same source, or with itself. */
  function withOffered(
    offered: readonly ParsedLayer[],
  ): { readonly before: ParsedLayer; readonly after: ParsedLayer }[] {
    return layers.map((before) => ({
      before,
      after: offered.find(({ source }) => source === before.source) ?? before,
    }));
  }

  /** Applies all of these layers, or none. */
  function apply(offered: readonly ParsedLayer[]): ConfigError | undefined {
    const next = withOffered(offered).map(({ before, after }) =>
      after === before ? before : usableLayer(after, before),
    );
    const nextRunning = withFixedSettings(merge(next));
    try {
      // The layers must be valid on their own, for the next start, and together with the values that this process
      // keeps.
      resolveConfig(schema, next, rules);
      resolved = resolveConfig(schema, [{ source: 'default', values: nextRunning, problems: [] }], rules);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
    const changes = changesBetween({ settings, before: layers, after: next, running });
    layers = next;
    running = nextRunning;
    const valid = offered.filter(({ problems }) => problems.length === 0);
    for (const { source } of valid) rejected.delete(source);
    if (valid.length > 0) succeededAt = Date.now();
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
        logger.error({ err: error, keys }, 'a component failed to apply a configuration change');
      }
    }
  }

  /** Logs why a layer, or some of its keys, were rejected. */
  function logRejected({ source, problems }: ParsedLayer, error: ConfigError | undefined): void {
    if (error !== undefined) logger?.error({ source, problems: error.problems }, 'configuration change rejected');
    else logger?.error({ source, problems }, 'configuration keys rejected, the others are in use');
  }

  function assertValid(layer: ParsedLayer): void {
    const next = withOffered([layer]).map(({ after }) => after);
    resolveConfig(schema, next, rules);
  }

  function offer(layer: ParsedLayer, { required = false } = {}): void {
    if (required) assertValid(layer);
    const { source, problems } = layer;
    const others = [...rejected.values()].filter((other) => other.source !== source);
    const known = rejected.get(source)?.problems;
    rejected.set(source, layer);
    const applied = others.length > 0 && apply([...others, layer]) === undefined;
    const error = applied ? undefined : apply([layer]);
    if (error !== undefined || (problems.length > 0 && !isDeepStrictEqual(problems, known))) logRejected(layer, error);
  }

  return {
    get current() {
      return resolved.config;
    },
    describe: () => resolved.describe(),
    secretFile: (key) => resolved.secretFile(key),
    get successful() {
      return rejected.size === 0;
    },
    get succeededAt() {
      return succeededAt;
    },
    offer,
    follow(newLogger) {
      logger = newLogger;
      for (const layer of rejected.values()) logRejected(layer, apply([layer]));
    },
    watchFiles() {
      const unwatch = files.map(({ path, read }) => {
        const offerFile = () => offer(read());
        const stop = watchFiles([path], { onChange: offerFile });
        // The file may have changed since it was read at startup.
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
  pending: (logger, change) => logger.warn(change, 'configuration change requires a restart'),
  reverted: (logger, change) => logger.info(change, 'configuration change no longer requires a restart'),
  shadowed: (logger, change) => logger.warn(change, 'configuration change is shadowed by a higher layer'),
};
