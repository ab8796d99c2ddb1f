import { LogController } from 'fastify';
import { flagsOf } from '../../tracing/tracing.ts';
import type { Exchange, Outcome } from '../exchange/exchange.ts';
import { decimal3 } from '../text/decimal.ts';
import { rememberLast } from '../text/remember-last.ts';

/**
 * Which requests are logged. `errors`: statuses of 400 and above and aborted requests; `sampled`: also traced requests.
 */
export type AccessLogMode = 'all' | 'errors' | 'sampled' | 'none';

/**
 * Writes one line per request when it has ended. The JSON is assembled by hand, because the logger costs three times as
 * much. This is limited to a fixed list of fields, each a number, known to be plain, or escaped. Everything else is logged
 * with `request.log`.
 *
 * @param write receives the fields as JSON without the braces.
 */
export function createAccessLog(
  mode: AccessLogMode,
  write: (fields: string) => void,
): (exchange: Exchange, outcome: Outcome) => void {
  return (exchange, outcome) => {
    if (!isLogged(mode, exchange, outcome)) return;
    const { route, request, id, clientAddress, serverSpan, problem } = exchange;
    // Each text that is added costs an object and CPU time when the line is copied, so constant ones are joined beforehand.
    let fields = route.logStart + JSON.stringify(pathOf(request.url ?? '')) + statusFields(outcome.status);
    fields += decimal3(outcome.durationMs);
    // The id is a UUID or consists of harmless characters. Everything else that a client controls is escaped.
    fields += `,"bytes":${outcome.bytes},"request_id":"${id}${addressField(clientAddress)}`;
    if (problem !== undefined) fields += `,"problem":${JSON.stringify(problem)}`;
    if (outcome.aborted) fields += `,"aborted":"${outcome.aborted}"`;
    if (serverSpan) {
      const { traceId, spanId, traceFlags } = serverSpan.spanContext;
      fields += `,"trace_id":"${traceId}","span_id":"${spanId}${flagsField(traceFlags)}`;
    }
    write(fields);
  };
}

/** The next fields, after the value before them. A client behind a proxy often has the same address as the one before. */
const addressField = rememberLast((address: string) => `","remote_address":${JSON.stringify(address)}`);
const flagsField = rememberLast((traceFlags: number) => `","trace_flags":"${flagsOf(traceFlags)}"`);

const statusTexts = new Map<number, string>();

/** Returns the status and the name of the next field. */
function statusFields(status: number): string {
  const known = statusTexts.get(status);
  if (known !== undefined) return known;
  const text = `,"status":${status},"duration_ms":`;
  statusTexts.set(status, text);
  return text;
}

function isLogged(mode: AccessLogMode, { serverSpan }: Exchange, { status, aborted }: Outcome): boolean {
  switch (mode) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'errors':
      return status >= 400 || aborted !== undefined;
    case 'sampled':
      return status >= 400 || aborted !== undefined || (serverSpan?.spanContext.traceFlags ?? 0) % 2 === 1;
  }
}

/** Longer paths are truncated: a scanner's URL of 16 KB is not worth a log line or an attribute of that size. */
const MAX_LENGTH = 1024;

/**
 * Returns the path of a request target, for telemetry. Query and fragment are removed, because clients put secrets there.
 * User information of a URL within the path is masked.
 */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  const masked = path.includes('@') ? path.replace(/\/\/[^/]*@/g, '//***@') : path;
  return masked.length > MAX_LENGTH ? masked.slice(0, MAX_LENGTH) : masked;
}

/** Suppresses Fastify's lines for requests, which the access log and the error handler write. Keeps its warnings. */
export class QuietLogController extends LogController {
  override incomingRequest(): void {}
  override requestCompleted(): void {}
  override defaultErrorLog(): void {}
  override routeNotFound(): void {}
}
