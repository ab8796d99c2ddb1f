import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { createThrottle, type Throttle } from '../logging/throttle.ts';
import type { DurationRow } from '../metrics/duration-histogram.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { PostgresAddress } from './address.ts';
import type { PostgresLogger } from './availability.ts';
import { isPostgresError } from './errors.ts';
import { createStatementDescriptions, type StatementDescription } from './statement.ts';

/** Observes one statement. One of its methods must be called at the end. */
export interface ObservedStatement {
  readonly description: StatementDescription;
  readonly startedAt: number;
  succeeded(): void;
  failed(error: unknown): void;
}

/** Traces, measures and logs statements, without their values. */
export type ObserveStatement = (sql: string, address: PostgresAddress) => ObservedStatement;

export interface StatementObserverOptions {
  /** Statements that take at least this long, in milliseconds, are logged. 0 logs none. */
  slowQueryMs: number;
}

export interface StatementObserverDependencies {
  metrics: Metrics;
  logger: PostgresLogger;
  tracer?: Tracer | undefined;
}

/** Maximum number of series. Further statements share one with the collection `_OTHER`. */
const MAX_SERIES = 200;

/** Minimum time between two lines about the same kind of statement, in milliseconds. */
const SLOW_INTERVAL_MS = 1_000;

export function createStatementObserver(
  { slowQueryMs }: StatementObserverOptions,
  { metrics, logger, tracer = trace.getTracer('postgres') }: StatementObserverDependencies,
): ObserveStatement {
  const describe = createStatementDescriptions();
  const histogram = metrics.durationHistogram({
    name: 'db_client_operation_duration_seconds',
    help: 'Duration of database statements, without the wait for a connection',
  });
  const rows = new Map<string, DurationRow>();
  const throttles = new Map<string, Throttle>();

  function rowOf({ operation, collection }: StatementDescription, code: string): DurationRow {
    const key = `${operation} ${collection} ${code}`;
    const found = rows.get(key);
    if (found !== undefined) return found;
    if (rows.size >= MAX_SERIES && collection !== '_OTHER') {
      return rowOf({ operation: '_OTHER', collection: '_OTHER', text: '', summary: '' }, code);
    }
    // Prometheus drops an empty label, so dashboards could not show it.
    const row = histogram.row({ operation, collection: collection || 'none', code });
    rows.set(key, row);
    return row;
  }

  function logSlow({ summary, text }: StatementDescription, durationMs: number, code: string): void {
    if (slowQueryMs === 0 || durationMs < slowQueryMs) return;
    const throttle = throttles.get(summary) ?? createThrottle(SLOW_INTERVAL_MS);
    if (throttles.size < MAX_SERIES) throttles.set(summary, throttle);
    if (!throttle.isDue()) return;
    logger.info({ summary, query: text, duration_ms: Math.round(durationMs), code }, 'slow query');
  }

  return (sql, address) => {
    const description = describe(sql);
    const span = startSpan(tracer, description, address);
    const startedAt = performance.now();
    return {
      description,
      startedAt,
      succeeded() {
        const durationMs = performance.now() - startedAt;
        rowOf(description, 'ok').observe(durationMs / 1000);
        span.end();
        logSlow(description, durationMs, 'ok');
      },
      failed(error) {
        const durationMs = performance.now() - startedAt;
        const { code, sqlState } = failureOf(error);
        rowOf(description, code).observe(durationMs / 1000);
        span.setAttribute('error.type', code);
        if (sqlState !== undefined) span.setAttribute('db.response.status_code', sqlState);
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
        if (sqlState !== undefined) logSlow(description, durationMs, code);
      },
    };
  };
}

/** Starts a CLIENT span as a child of the active span. */
function startSpan(
  tracer: Tracer,
  { summary, text, ...statement }: StatementDescription,
  address: PostgresAddress,
): Span {
  const { operation, collection } = statement;
  const attributes: Attributes = {
    'db.system.name': 'postgresql',
    'db.namespace': address.database,
    'db.query.summary': summary,
    'db.query.text': text,
    'db.operation.name': operation,
    'server.address': address.host,
    'server.port': address.port,
  };
  if (collection !== '') attributes['db.collection.name'] = collection;
  return tracer.startSpan(summary, { kind: SpanKind.CLIENT, attributes });
}

function failureOf(error: unknown): { code: string; sqlState: string | undefined } {
  if (!isPostgresError(error)) return { code: 'aborted', sqlState: undefined };
  const { code, sqlState } = error;
  return { code: sqlState ?? code.replace('POSTGRES_', '').toLowerCase(), sqlState };
}
