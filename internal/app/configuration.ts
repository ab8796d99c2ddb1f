import { watchFiles } from '../../pkg/files/watch-files.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { createServiceConfig, type LoadedConfig, resolveLayers, type ServiceConfig } from '../config/config.ts';
import { type ConfigInput, type ConfigLayers, readLayers } from '../config/layers.ts';

/** The configuration that the service starts with. */
export interface StartConfig extends LoadedConfig, ConfigLayers {}

/** @throws ConfigError with everything that is wrong in any layer. */
export function readStartConfig(input: ConfigInput): StartConfig {
  const { layers, mounted } = readLayers(input);
  return { ...resolveLayers(layers), layers, mounted };
}

/** Goes on from the start's configuration, with its metrics. */
export function createLiveConfiguration(start: StartConfig, metrics: Metrics, logging: Logging): ServiceConfig {
  const live = createServiceConfig(start.layers, logging.component('config'));
  live.subscribe(['log.level'], ({ log }) => logging.setLevel(log.level));
  metrics.gauge({
    name: 'config_last_reload_successful',
    help: 'Whether the latest version of every source of the configuration is in use',
    collect: () => (live.successful ? 1 : 0),
  });
  metrics.gauge({
    name: 'config_last_reload_success_timestamp_seconds',
    help: 'When a source of the configuration was last taken into use, the start included',
    collect: () => live.succeededAt / 1000,
  });
  return live;
}

/** Follows the mounted file, if there is one. */
export function createMountedFilePart(live: ServiceConfig, { mounted }: Pick<StartConfig, 'mounted'>): Part {
  let unwatch: (() => void) | undefined;
  return {
    name: 'mounted configuration',
    start() {
      if (mounted === undefined) return;
      const offer = () => live.offer(mounted.read());
      unwatch = watchFiles([mounted.path], { onChange: offer });
      // It may have changed since the start read it.
      offer();
    },
    stop: () => unwatch?.(),
  };
}
