import { ConfigError } from '../../pkg/config/config-error.ts';
import type { ParsedLayer } from '../../pkg/config/layer.ts';
import { type ConfigLogger, createLiveConfig, type LiveConfig } from '../../pkg/config/live-config.ts';
import { printSettings } from '../../pkg/config/print.ts';
import { type Resolved, resolveConfig } from '../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import { type ConfigInput, readLayers } from './layers.ts';
import { rules } from './rules.ts';
import { schema } from './schema.ts';

/** This service's configuration: typed, complete, deeply frozen. */
export type Config = ConfigOf<typeof schema>;
export type LoadedConfig = Resolved<typeof schema>;
export type ServiceConfig = LiveConfig<typeof schema>;

/**
 * Reads all layers, and merges them.
 *
 * @throws ConfigError with everything that is wrong in any of them.
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  return resolveLayers(readLayers(input).layers);
}

/** What `--print-config` prints, and the error if the configuration cannot be used. */
export function printConfig(input: ConfigInput): { readonly text: string; readonly error: ConfigError | undefined } {
  const { layers } = readLayers(input);
  const text = printSettings(schema, layers);
  try {
    resolveLayers(layers);
    return { text, error: undefined };
  } catch (error) {
    if (error instanceof ConfigError) return { text, error };
    throw error;
  }
}

/** @throws ConfigError with everything that is wrong in any of them. */
export function resolveLayers(layers: readonly ParsedLayer[]): LoadedConfig {
  return resolveConfig(schema, layers, rules);
}

/** A configuration that goes on from these layers. */
export function createServiceConfig(layers: readonly ParsedLayer[], logger: ConfigLogger): ServiceConfig {
  return createLiveConfig({ schema, layers, rules }, { logger });
}
