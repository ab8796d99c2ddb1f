import { type ParseArgsConfig, parseArgs } from 'node:util';
import { suggestion } from './nearest.ts';

/** The command line is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Parses a command line as Node's `parseArgs` does.
 *
 * @throws UsageError that suggests the nearest option for an unknown one.
 */
export function parseCommandLine<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    if (!isParseError(cause)) throw cause;
    const [, unknown] = /^(?:Unknown option|Unexpected argument) '(.+?)'(?:\. |$)/.exec(cause.message) ?? [];
    if (unknown === undefined) throw new UsageError(cause.message, { cause });
    const what = unknown.startsWith('-') ? 'option' : 'argument';
    const known = Object.keys(config.options ?? {}).map((name) => `--${name}`);
    throw new UsageError(`unknown ${what} ${unknown}${suggestion(unknown, known)}`, { cause });
  }
}

function isParseError(error: unknown): error is TypeError {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}
