import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type ContextManager,
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { type Sampler, SamplingDecision, TracerProvider } from '@opentelemetry/sdk-trace';
import { createSpanObserver } from './span-observer.ts';
import type { FinishedSpan, Tracing } from './tracing-options.ts';

export interface LocalTracingOptions {
  /** Receives every finished span. */
  onSpan(span: FinishedSpan): void;
  /** Limits new traces. `take` counts one, and returns false if the limit is reached. */
  limit: { isReached(): boolean; take(): boolean };
}

const UNTRACED = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/**
 * Traces the requests of the process without exporting anything. The full SDK is not loaded, because that takes several
 * times as long.
 */
export function startLocalTracing(
  name: string,
  { onSpan, limit }: LocalTracingOptions,
): Pick<Tracing, 'tracer' | 'shutdown'> {
  const provider = new TracerProvider({ sampler: createSampler(limit), spanProcessors: [createSpanObserver(onSpan)] });
  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer(name);
  return {
    tracer: {
      // Does not call the SDK, which takes several microseconds for a span that it does not record.
      startSpan: (spanName, options, parent) =>
        parent === ROOT_CONTEXT && limit.isReached() ? UNTRACED : tracer.startSpan(spanName, options, parent),
      startActiveSpan: tracer.startActiveSpan.bind(tracer),
    },
    shutdown: () => provider.shutdown(),
  };
}

/** Records new traces up to the limit, whatever the caller has decided, and the spans below a recorded one. */
function createSampler(limit: LocalTracingOptions['limit']): Sampler {
  const isRecorded = (parent: SpanContext | undefined) =>
    parent && !parent.isRemote ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0 : limit.take();
  return {
    shouldSample: (parent) => ({
      decision: isRecorded(trace.getSpanContext(parent))
        ? SamplingDecision.RECORD_AND_SAMPLED
        : SamplingDecision.NOT_RECORD,
    }),
    toString: () => 'LimitedSampler',
  };
}

function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, thisArg, ...args) => storage.run(active, () => Reflect.apply(fn, thisArg, args)),
    bind: (active, target) =>
      typeof target === 'function'
        ? new Proxy(target, {
            apply: (fn, thisArg, args) => storage.run(active, () => Reflect.apply(fn, thisArg, args)),
          })
        : target,
    attach(active) {
      const previous = storage.getStore();
      storage.enterWith(active);
      return { dispose: () => storage.enterWith(previous ?? ROOT_CONTEXT) };
    },
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
