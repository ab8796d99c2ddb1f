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
  /** Returns how many new traces to record per second at most. */
  maxTracesPerSecond(): number;
}

const UNTRACED = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/**
 * Traces the requests of the process without exporting anything. The full SDK is not loaded, because that takes several
 * times as long.
 */
export function startLocalTracing(
  name: string,
  { onSpan, maxTracesPerSecond }: LocalTracingOptions,
): Pick<Tracing, 'tracer' | 'shutdown'> {
  const limit = createRateLimit(maxTracesPerSecond);
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

function createRateLimit(maxPerSecond: () => number) {
  let second = -1;
  let started = 0;
  let max = 0;

  function isReached(): boolean {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) {
      second = now;
      started = 0;
      max = maxPerSecond();
    }
    return started >= max;
  }

  return {
    isReached,
    /** Counts a trace. Returns false if the limit is reached. */
    take(): boolean {
      if (isReached()) return false;
      started += 1;
      return true;
    },
  };
}

/** Records new traces up to the limit, whatever the caller has decided, and the spans below a recorded one. */
function createSampler(limit: ReturnType<typeof createRateLimit>): Sampler {
  const isRecorded = (parent: SpanContext | undefined) =>
    parent && !parent.isRemote ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0 : limit.take();
  return {
    shouldSample: (parent) => ({
      decision: isRecorded(trace.getSpanContext(parent))
        ? SamplingDecision.RECORD_AND_SAMPLED
        : SamplingDecision.NOT_RECORD,
    }),
    toString: () => 'RateSampler',
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
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
