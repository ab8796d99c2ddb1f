import { type DestinationStream, type Logger, pino } from 'pino';
import { errorFields } from './error-fields.ts';
import { createLineSink, type LineSinkOptions } from './line-sink.ts';
import { openOutput } from './output.ts';
import { createPrettyFormat } from './pretty.ts';
import { maskSecrets } from './secrets.ts';

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
  /** What happens to lines while standard output is full, slow or closed. Default: `drop`. */
  onFull?: LineSinkOptions['onFull'];
  /** How many bytes of lines wait for standard output before that. Default: 1 MiB. */
  bufferSize?: number;
}

const DEFAULT_BUFFER_BYTES = 1024 * 1024;

export interface Logging {
  readonly logger: Logger;
  readonly level: LogLevel;
  /** Takes effect for {@link logger} and all {@link component} loggers at once. */
  setLevel(level: LogLevel): void;
  /** A logger for one long-lived part: adds `component` to its lines and follows later changes of the level. */
  component(name: string): Logger;
  /**
   * Makes a function that writes lines of level info with this message, from fields that are JSON already
   * (`"method":"GET","status":200`): for what is written at every request. Nothing is masked or escaped, and the mixin
   * is not asked.
   */
  lineWriter(message: string): (fields: string) => void;
  /**
   * Writes out what is buffered before it returns, and waits at most 500 ms for a slow reader. Never throws: a broken pipe
   * must not stop a stop.
   */
  flush(): void;
  /** Resolves when all that is buffered is written, cannot be written, or the signal aborts. Never rejects. */
  drained(signal: AbortSignal): Promise<void>;
  /** How many lines standard output did not take. */
  readonly droppedLines: number;
}

/**
 * Creates the log. Its lines never show a secret's value, and errors only with the fields of {@link errorFields}.
 *
 * Nothing that standard output does reaches the caller: see {@link createLineSink}. When the process exits it is flushed;
 * lost is then only what standard output did not take in time, and after SIGKILL the last 50 ms.
 *
 * @param destination where the lines go; default: standard output.
 */
export async function createLogging(options: LoggingOptions, destination?: DestinationStream): Promise<Logging> {
  const format = options.format === 'pretty' && !destination ? await createPrettyFormat() : undefined;
  const sink = destination
    ? undefined
    : createLineSink({
        fd: openOutput(),
        maxBufferBytes: options.bufferSize ?? DEFAULT_BUFFER_BYTES,
        onFull: options.onFull ?? 'drop',
        onRecovered: (dropped) => logger.warn({ dropped }, 'log lines dropped: standard output did not take them'),
      });
  const lines = destination ?? sink;
  const write = (line: string) => lines?.write(format ? format(line) : line);
  const isoNow = createIsoClock();
  // pino calls `flushSync` after a fatal line.
  const stream = { write: (line: string) => write(maskSecrets(line)), flushSync: flush };
  const logger: Logger = pino(
    {
      level: options.level,
      base: options.base ?? null,
      timestamp: () => `,"time":"${isoNow()}"`,
      formatters: { level: (label) => ({ level: label }), log: describeErrors },
      serializers: { err: errorFields },
      ...(options.mixin && { mixin: options.mixin }),
    },
    stream,
  );
  if (options.format === 'pretty' && !destination && !format) {
    logger.warn('log.format is pretty, but pino-pretty is not installed: writing JSON');
  }

  function flush(): void {
    sink?.flushSync();
  }
  if (sink) process.once('exit', flush);

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
        write(`{"level":"info","time":"${isoNow()}"${base},${fields}${end}`);
      };
    },
    flush,
    drained: async (signal) => sink?.drained(signal),
    get droppedLines() {
      return sink?.droppedLines ?? 0;
    },
  };
}

/** Errors under other names than `err`, which pino would write with all their enumerable fields. */
function describeErrors(fields: Record<string, unknown>): Record<string, unknown> {
  let described = fields;
  for (const [name, value] of Object.entries(fields)) {
    const isList = Array.isArray(value) && value.some((one) => one instanceof Error);
    if (name === 'err' || !(isList || value instanceof Error)) continue;
    if (described === fields) described = { ...fields };
    described[name] = isList ? value.map(errorFields) : errorFields(value);
  }
  return described;
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
