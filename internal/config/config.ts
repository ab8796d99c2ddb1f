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

/** The configuration of a running process, updated when its sources change. */
export type Configuration = LiveConfig<typeof schema>;

/**
 * Creates the configuration from every layer except the KV store's, which stays empty until an integration provides it.
 *
 * @throws ConfigError listing every problem in every layer.
 */
export function createConfiguration(input: ConfigInput): Configuration {
  return createLiveConfig({ schema, rules, ...readLayers(input) });
}

/**
 * Reads the configuration once, for a program that does not follow changes.
 *
 * @throws ConfigError listing every problem in every layer.
 */
export function loadConfig(input: ConfigInput): Resolved<typeof schema> {
  return resolveConfig(schema, readLayers(input).layers, rules);
}

/** Returns what `--print-config` prints, and the error if the configuration is invalid. */
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
