import { context, ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { ReconcileOutcome } from './controller-metrics.ts';

export interface ReconcileSpan {
  /** Runs the function with the span as the active one. */
  run<T>(body: () => Promise<T>): Promise<T>;
  failed(error: unknown): void;
  /** @param outcome undefined if the controller was stopped meanwhile. */
  end(outcome: ReconcileOutcome | undefined): void;
}

/** Starts a span for one reconcile. It is the root of a trace, since the events that led to it may come from many. */
export function startReconcileSpan(
  tracer: Tracer | undefined,
  { controller, key, retries }: { controller: string; key: string; retries: number },
): ReconcileSpan {
  const span: Span | undefined = tracer?.startSpan(
    `reconcile ${controller}`,
    { attributes: { 'controller.name': controller, 'controller.key': key, 'controller.retries': retries } },
    ROOT_CONTEXT,
  );
  return {
    run: (body) => (span === undefined ? body() : context.with(trace.setSpan(ROOT_CONTEXT, span), body)),
    failed(error) {
      span?.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
      span?.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    },
    end(outcome) {
      span?.setAttribute('controller.result', outcome ?? 'stopped');
      span?.end();
    },
  };
}
