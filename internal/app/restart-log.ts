import type { Component } from '../../pkg/lifecycle/component.ts';
import type { LifecycleLogger } from '../../pkg/lifecycle/stop-components.ts';
import type { Logging } from '../../pkg/logging/logging.ts';

export interface RestartLog {
  lifecycleLogger: LifecycleLogger;
  components: readonly Component[];
}

/**
 * Shortens the log of `npm run dev` at level info: a restart is one line. scripts/dev sets the variable DEV_RESTART to the
 * time of the change and the changed file, or to an empty string at first.
 */
export function createRestartLog({ DEV_RESTART: cause }: NodeJS.ProcessEnv, logging: Logging): RestartLog {
  const { logger, level } = logging;
  if (cause === undefined) return { lifecycleLogger: logger, components: [] };
  const lifecycleLogger: LifecycleLogger = {
    info: (fields, message) => logger.debug(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    fatal: (fields, message) => logger.fatal(fields, message),
  };
  if (cause === '' || level !== 'info') return { lifecycleLogger, components: [] };

  logging.setLevel('warn');
  const [changedAt, file] = cause.split(/ (.*)/);
  return {
    lifecycleLogger,
    components: [
      {
        name: 'restart log',
        start() {
          logging.setLevel(level);
          logger.info(`restarted in ${Date.now() - Number(changedAt)} ms (${file} changed)`);
        },
      },
    ],
  };
}
