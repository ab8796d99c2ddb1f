import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyDestination } from './pretty.ts';
import { REDACTED_PATHS } from './redaction.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggingOptions {
  /** Lowest level that is written. Can be changed at run time by {@link Logging.setLevel}. */
  level: LogLevel;
  /** `json`: one object per line (ECMA-404), for machines. `pretty`: for a person at a terminal. */
  format: 'json' | 'pretty';
  /** Fields of every line. Default: none. */
  base?: Record<string, string>;
  /** Fields added to each line when it is written, such as the trace id. Must return a fresh object. */
  mixin?: () => Record<string, unknown>;
}

export interface Logging {
  readonly logger: Logger;
  readonly level: LogLevel;
  /** Takes effect for {@link logger} and all {@link component} loggers at once. */
  setLevel(level: LogLevel): void;
  /** A logger for one long-lived part: adds `component` to its lines and follows later changes of the level. */
  component(name: string): Logger;
  /** Writes out what is buffered before it returns. Never throws: a broken pipe must not stop a stop. */
  flush(): void;
}

/**
 * @param destination where the lines go; default: standard output.
 */
export async function createLogging(options: LoggingOptions, destination?: DestinationStream): Promise<Logging> {
  const stdout = pino.destination({ fd: 1, sync: true });
  const pretty = options.format === 'pretty' && !destination ? await prettyDestination() : undefined;
  const logger = pino(
    {
      level: options.level,
      base: options.base ?? null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: '***' },
      ...(options.mixin && { mixin: options.mixin }),
    },
    destination ?? pretty ?? stdout,
  );
  if (options.format === 'pretty' && !destination && !pretty) {
    logger.warn('log.format is pretty, but pino-pretty is not installed: writing JSON');
  }
  const components: Logger[] = [];
  return {
    logger,
    get level() {
      return levelOf(logger);
    },
    setLevel(level) {
      logger.level = level;
      // A pino child copies its parent's level when it is made and never looks again.
      for (const child of components) child.level = level;
    },
    component(name) {
      const child = logger.child({ component: name });
      components.push(child);
      return child;
    },
    flush() {
      try {
        stdout.flushSync();
      } catch {
        // Standard output is gone: there is nobody left to tell.
      }
    },
  };
}

function isLogLevel(value: unknown): value is LogLevel {
  return LOG_LEVELS.some((level) => level === value);
}

function levelOf(logger: Logger): LogLevel {
  return isLogLevel(logger.level) ? logger.level : 'info';
}
