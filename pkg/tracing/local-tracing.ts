import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type ContextManager,
  context,
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

/** More new traces than this per second are not recorded, so that a load test in development costs little more. */
const MAX_TRACES_PER_SECOND = 100;

/**
 * Traces the requests of the process without exporting anything. Finished spans are passed to `onSpan`. The full SDK is
 * not loaded, because that takes several times as long.
 */
export function startLocalTracing(
  name: string,
  onSpan: (span: FinishedSpan) => void,
): Pick<Tracing, 'tracer' | 'shutdown'> {
  const provider = new TracerProvider({ sampler: createRateSampler(), spanProcessors: [createSpanObserver(onSpan)] });
  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return { tracer: provider.getTracer(name), shutdown: () => provider.shutdown() };
}

/** Records new traces up to the maximum rate, whatever a caller has decided, and the spans below a recorded one. */
function createRateSampler(): Sampler {
  let second = 0;
  let started = 0;

  function isRecorded(parent: SpanContext | undefined): boolean {
    if (parent && !parent.isRemote) return (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
    const now = Math.floor(performance.now() / 1000);
    started = now === second ? started + 1 : 1;
    second = now;
    return started <= MAX_TRACES_PER_SECOND;
  }

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
