import { ConfigError } from '../../pkg/config/config-error.ts';
import { createLiveConfig, type LiveConfig } from '../../pkg/config/live-config.ts';
import { printSettings } from '../../pkg/config/print.ts';
import { type Resolved, resolveConfig } from '../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import { type ConfigInput, readLayers } from './layers.ts';
import { rules } from './rules.ts';
import { schema } from './schema.ts';

/** This service's configuration: typed, complete, deeply frozen. */
export type Config = ConfigOf<typeof schema>;

/** The same in a running process, where it follows its sources. */
export type Configuration = LiveConfig<typeof schema>;

/**
 * Reads all layers but that of a KV store, whose place is empty until an integration offers it.
 *
 * @throws ConfigError with everything that is wrong in any of them.
 */
export function createConfiguration(input: ConfigInput): Configuration {
  return createLiveConfig({ schema, rules, ...readLayers(input) });
}

/**
 * Reads the same for a program that does not follow them.
 *
 * @throws ConfigError with everything that is wrong in any of them.
 */
export function loadConfig(input: ConfigInput): Resolved<typeof schema> {
  return resolveConfig(schema, readLayers(input).layers, rules);
}

/** What `--print-config` prints, and the error if the configuration cannot be used. */
export function printConfig(input: ConfigInput): { readonly text: string; readonly error: ConfigError | undefined } {
  const { layers } = readLayers(input);
  const text = printSettings(schema, layers);
  try {
    resolveConfig(schema, layers, rules);
    return { text, error: undefined };
  } catch (error) {
    if (error instanceof ConfigError) return { text, error };
    throw error;
  }
}
