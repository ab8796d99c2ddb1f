import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Configuration } from '../config/config.ts';

/** Reports on the configuration from here on, by log lines and metrics, and sets the log level that it asks for. */
export function followConfiguration(
  configuration: Configuration,
  { metrics, logging }: { metrics: Metrics; logging: Logging },
): void {
  configuration.follow(logging.component('config'));
  configuration.subscribe(['log.level'], ({ log }) => logging.setLevel(log.level));
  metrics.gauge({
    name: 'config_last_reload_successful',
    help: 'Whether the latest version of every source of the configuration is in use',
    collect: () => (configuration.successful ? 1 : 0),
  });
  metrics.gauge({
    name: 'config_last_reload_success_timestamp_seconds',
    help: 'When a source of the configuration was last taken into use, the start included',
    collect: () => configuration.succeededAt / 1000,
  });
}

/** Follows the mounted file, if there is one. */
export function createMountedFilePart(configuration: Configuration): Part {
  let unwatch: (() => void) | undefined;
  return {
    name: 'mounted configuration',
    start() {
      unwatch = configuration.watchFiles();
    },
    stop: () => unwatch?.(),
  };
}
