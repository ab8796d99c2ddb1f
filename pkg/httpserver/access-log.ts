import type { Logger } from 'pino';
import type { Exchange, Outcome } from './exchange.ts';

/** A path longer than this is cut: a scanner's 16 KB of URL is not worth a log line of that size. */
const MAX_PATH_LENGTH = 1024;

/** One line per request, when it has ended. The query string is left out: it is where clients put secrets. */
export function logAccess(logger: Logger, exchange: Exchange, outcome: Outcome): void {
  logger.info(
    {
      method: exchange.request.method,
      path: pathOf(exchange.request.url ?? ''),
      handler: exchange.route.handler,
      status: outcome.status,
      duration_ms: Math.round(outcome.durationMs * 1000) / 1000,
      bytes: outcome.bytes,
      request_id: exchange.id,
      remote_address: exchange.clientAddress,
      ...(outcome.aborted && { aborted: outcome.aborted }),
    },
    'request',
  );
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return (query < 0 ? url : url.slice(0, query)).slice(0, MAX_PATH_LENGTH);
}
