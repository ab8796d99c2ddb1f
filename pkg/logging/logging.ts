import { type DestinationStream, type Logger, pino } from 'pino';
import { errorFields } from './error-fields.ts';
import { createLineSink, type LineSinkOptions } from './line-sink.ts';
import { openOutput } from './output.ts';
import { maskSecrets } from './secrets.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggingOptions {
  /** Lowest level to write. Can be changed at run time with {@link Logging.setLevel}. */
  level: LogLevel;
  /** `json`: one object per line, for machines. `pretty`: for a person at a terminal. */
  format: 'json' | 'pretty';
  /** Fields added to every line. Default: none. */
  base?: Record<string, string>;
  /** Returns fields to add to the current line, such as the trace id. Must return a new object each time. */
  mixin?: () => Record<string, unknown>;
  /** What to do when the buffer for standard output is full, because it is slow or closed. Default: `drop`. */
  onFull?: LineSinkOptions['onFull'];
  /** Maximum bytes to buffer for standard output. Default: 1 MiB. */
  bufferSize?: number;
}

/** Receives a line, as JSON ending in a newline, whatever the format, and the message of a {@link Logging.lineWriter}. */
export type LineReader = (line: string, message?: string) => void;

const DEFAULT_BUFFER_BYTES = 1024 * 1024;

export interface Logging {
  readonly logger: Logger;
  readonly level: LogLevel;
  /** Sets the level of {@link logger} and all {@link component} loggers. */
  setLevel(level: LogLevel): void;
  /** Creates a logger for a long-lived component. It adds the field `component` and follows level changes. */
  component(name: string): Logger;
  /**
   * Creates a fast writer for lines of level info with this message, for use on every request. The fields must be JSON
   * already (`"method":"GET","status":200`). It does not mask or escape them and does not call the mixin.
   */
  lineWriter(message: string): (fields: string) => void;
  /** Writes an audit line whatever the level is, otherwise like a {@link lineWriter}. */
  writeAudit(fields: string): void;
  /** Passes every further line, masked, to this function too. */
  addReader(reader: LineReader): void;
  /**
   * Writes all buffered lines before it returns, waiting at most 500 ms for a slow reader. Never throws: a broken pipe
   * must not prevent a stop.
   */
  flush(): void;
  /** Resolves when all buffered lines are written or cannot be written, or the signal aborts. Never rejects. */
  drained(signal: AbortSignal): Promise<void>;
  /** Number of lines that standard output did not accept. */
  readonly droppedLines: number;
}

/**
 * Creates the log. Secrets are masked in all lines, and errors are logged only with the fields of {@link errorFields}.
 *
 * Errors of standard output never reach the caller, see {@link createLineSink}. The log is flushed when the process
 * exits. Only lines that standard output does not accept in time are lost, and after SIGKILL the last 50 ms.
 *
 * @param destination where to write lines. Default: standard output.
 */
export async function createLogging(options: LoggingOptions, destination?: DestinationStream): Promise<Logging> {
  const format = options.format === 'pretty' && !destination ? await createPrettyFormat() : undefined;
  const sink = destination
    ? undefined
    : createLineSink({
        fd: openOutput(),
        maxBufferBytes: options.bufferSize ?? DEFAULT_BUFFER_BYTES,
        onFull: options.onFull ?? 'drop',
        onRecovered: (dropped) => logger.warn({ dropped }, 'log lines dropped: standard output did not accept them'),
      });
  const lines = destination ?? sink;
  const readers: LineReader[] = [];
  const write = (line: string, message?: string) => {
    for (const read of readers) read(line, message);
    lines?.write(format ? format(line) : line);
  };
  // pino calls `flushSync` after a fatal line.
  const stream = { write: (line: string) => write(maskSecrets(line)), flushSync: flush };
  const logger: Logger = pino(
    {
      level: options.level,
      base: options.base ?? null,
      timestamp: createIsoClock((time) => `,"time":"${time}"`),
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

  function createLineWriter(message: string, base: Record<string, unknown> | undefined): (fields: string) => void {
    const start = Object.entries(base ?? {})
      .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join('');
    const end = `,"msg":${JSON.stringify(message)}}\n`;
    const startNow = createIsoClock((time) => `{"level":"info","time":"${time}"${start},`);
    return (fields) => write(startNow() + fields + end, message);
  }

  const components: Logger[] = [];
  return {
    logger,
    get level() {
      return levelOf(logger);
    },
    setLevel(level) {
      logger.level = level;
      // A pino child copies its parent's level only when it is created.
      for (const child of components) child.level = level;
    },
    component(name) {
      const child = logger.child({ component: name });
      components.push(child);
      return child;
    },
    lineWriter(message) {
      const writeLine = createLineWriter(message, options.base);
      return (fields) => {
        if (logger.isLevelEnabled('info')) writeLine(fields);
      };
    },
    writeAudit: createLineWriter('audit', { ...options.base, component: 'audit' }),
    addReader: (reader) => void readers.push(reader),
    flush,
    drained: async (signal) => sink?.drained(signal),
    get droppedLines() {
      return sink?.droppedLines ?? 0;
    },
  };
}

/** Converts errors in fields other than `err`, which pino would write with all their enumerable properties. */
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

/** Returns the current time in ISO 8601 in a text, made at most once per millisecond: at full load, many lines share it. */
function createIsoClock(format: (time: string) => string): () => string {
  let lastMs = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== lastMs) {
      lastMs = now;
      text = format(new Date(now).toISOString());
    }
    return text;
  };
}

function levelOf(logger: Logger): LogLevel {
  return LOG_LEVELS.find((level) => level === logger.level) ?? 'info';
}

/**
 * Returns a function that formats a line for people, or undefined if pino-pretty is not installed. It is a development
 * dependency and not part of the image.
 */
async function createPrettyFormat(): Promise<((line: string) => string) | undefined> {
  try {
    const { prettyFactory } = await import('pino-pretty');
    return prettyFactory({ ignore: 'service,version,environment', singleLine: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
