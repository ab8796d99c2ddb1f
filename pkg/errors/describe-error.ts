import { inspect } from 'node:util';

const MAX_LENGTH = 300;
const MAX_DEPTH = 4;

/**
 * Describes an error or any other thrown value in one line of at most 300 characters, without line breaks or other
 * control characters. Includes causes that the message does not already contain, because `fetch failed` alone does not
 * help an operator.
 */
export function describeError(error: unknown): string {
  const line = messageChain(error)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}

function messageChain(error: unknown): string {
  try {
    const chain = messages(error, MAX_DEPTH).reduce((line, next) => (line.includes(next) ? line : `${line}: ${next}`));
    return chain || 'no reason given';
  } catch {
    // A getter or custom inspect function of the value threw. Reporting the error must not fail too.
    return 'threw a value that cannot be displayed';
  }
}

function messages(error: unknown, depth: number): string[] {
  if (depth === 0 || error === undefined) return [''];
  if (typeof error === 'string') return [error];
  if (!(error instanceof Error)) return [inspect(error, { breakLength: Number.POSITIVE_INFINITY })];
  return [ownMessage(error), ...messages(error.cause, depth - 1)];
}

/** Falls back to `code`: Node's AggregateError for a refused connection has an empty message (lib/net.js). */
function ownMessage(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
