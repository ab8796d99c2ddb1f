import { inspect } from 'node:util';

const MAX_LENGTH = 300;
const MAX_DEPTH = 4;

/**
 * Describes an error, or whatever else was thrown, in one line: at most 300 characters, no line breaks or other control
 * characters. Causes are added, because `fetch failed` alone tells an operator nothing, unless the line has them already.
 */
export function describeError(error: unknown): string {
  const line = messageChain(error)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}

function messageChain(error: unknown): string {
  try {
    const said = messages(error, MAX_DEPTH).reduce((line, next) => (line.includes(next) ? line : `${line}: ${next}`));
    return said || 'no reason given';
  } catch {
    // A getter or a custom inspection of the thrown value threw in turn; whatever reports it must not fail too.
    return 'threw a value that cannot be shown';
  }
}

function messages(error: unknown, depth: number): string[] {
  if (depth === 0 || error === undefined) return [''];
  if (typeof error === 'string') return [error];
  if (!(error instanceof Error)) return [inspect(error, { breakLength: Number.POSITIVE_INFINITY })];
  return [ownMessage(error), ...messages(error.cause, depth - 1)];
}

/** Node's AggregateError for a refused connection has an empty message; only `code` tells what happened (lib/net.js). */
function ownMessage(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
