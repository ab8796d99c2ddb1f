import type { ParsedLayer } from '../../pkg/config/layer.ts';
import { type ConfigLogger, createLiveConfig, type LiveConfig } from '../../pkg/config/live-config.ts';
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

/** @throws ConfigError with everything that is wrong in any of them. */
export function resolveLayers(layers: readonly ParsedLayer[]): LoadedConfig {
  return resolveConfig(schema, layers, rules);
}

/** A configuration that goes on from these layers. */
export function createServiceConfig(layers: readonly ParsedLayer[], logger: ConfigLogger): ServiceConfig {
  return createLiveConfig({ schema, layers, rules }, { logger });
}
