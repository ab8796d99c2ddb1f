import { type DestinationStream, type Logger, pino } from 'pino';
import { createLineBuffer } from './line-buffer.ts';
import { prettyDestination } from './pretty.ts';
import { REDACTED_PATHS } from './redaction.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggingOptions {
  /** Lowest level that is written. Can be changed at run time by {@link Logging.setLevel}. */
  level: LogLevel;
  /** `json`: one object per line, for machines. `pretty`: for a person at a terminal. */
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
  /**
   * Makes a function that writes lines of level info with this message, from fields that are JSON already
   * (`"method":"GET","status":200`): for what is written at every request. Nothing is redacted or escaped, and the mixin
   * is not asked.
   */
  lineWriter(message: string): (fields: string) => void;
  /** Writes out what is buffered before it returns. Never throws: a broken pipe must not stop a stop. */
  flush(): void;
}

/**
 * @param destination where the lines go; default: standard output, which is flushed when the process exits.
 */
export async function createLogging(options: LoggingOptions, destination?: DestinationStream): Promise<Logging> {
  const pretty = options.format === 'pretty' && !destination ? await prettyDestination() : undefined;
  const stdout = createLineBuffer(pino.destination({ fd: 1, sync: true }));
  const stream = destination ?? pretty ?? stdout;
  const isoNow = createIsoClock();
  const logger = pino(
    {
      level: options.level,
      base: options.base ?? null,
      timestamp: () => `,"time":"${isoNow()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: '***' },
      ...(options.mixin && { mixin: options.mixin }),
    },
    stream,
  );
  if (options.format === 'pretty' && !destination && !pretty) {
    logger.warn('log.format is pretty, but pino-pretty is not installed: writing JSON');
  }

  function flush(): void {
    try {
      stdout.flushSync();
    } catch {
      // Standard output is gone: there is nobody left to tell.
    }
  }
  if (stream === stdout) process.once('exit', flush);

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
    lineWriter(message) {
      const base = Object.entries(options.base ?? {})
        .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
        .join('');
      const end = `,"msg":${JSON.stringify(message)}}\n`;
      return (fields) => {
        if (!logger.isLevelEnabled('info')) return;
        stream.write(`{"level":"info","time":"${isoNow()}"${base},${fields}${end}`);
      };
    },
    flush,
  };
}

/** The time in ISO 8601, formatted once a millisecond: at full load that is once for many lines. */
function createIsoClock(): () => string {
  let lastMs = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== lastMs) {
      lastMs = now;
      text = new Date(now).toISOString();
    }
    return text;
  };
}

function levelOf(logger: Logger): LogLevel {
  return LOG_LEVELS.find((level) => level === logger.level) ?? 'info';
}
