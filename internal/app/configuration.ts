import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Configuration } from '../config/config.ts';

/** Reports configuration changes in the log and in metrics, and applies `log.level`, now and whenever it changes. */
export function followConfiguration(
  configuration: Configuration,
  { metrics, logging }: { metrics: Metrics; logging: Logging },
): void {
  configuration.follow(logging.component('config'));
  configuration.subscribe(['log.level'], ({ log }) => logging.setLevel(log.level));
  metrics.gauge({
    name: 'config_last_reload_successful',
    help: 'Whether the latest version of every configuration source is in use (1) or one was rejected (0)',
    collect: () => (configuration.successful ? 1 : 0),
  });
  metrics.gauge({
    name: 'config_last_reload_success_timestamp_seconds',
    help: 'Unix time when a configuration source was last applied, including at startup',
    collect: () => configuration.succeededAt / 1000,
  });
}

/** Watches the mounted configuration file, if there is one. */
export function createMountedFileComponent(configuration: Configuration): Component {
  let unwatch: (() => void) | undefined;
  return {
    name: 'mounted configuration',
    start() {
      unwatch = configuration.watchFiles();
    },
    stop: () => unwatch?.(),
  };
}
