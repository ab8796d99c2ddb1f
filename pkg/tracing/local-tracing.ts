import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { createSpanObserver } from './span-observer.ts';
import type { FinishedSpan, Tracing } from './tracing-options.ts';

/**
 * Traces every request of the process without exporting anything. Finished spans are passed to `onSpan`. The full SDK is
 * not loaded, because that takes several times as long.
 */
export function startLocalTracing(
  name: string,
  onSpan: (span: FinishedSpan) => void,
): Pick<Tracing, 'tracer' | 'shutdown'> {
  const provider = new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [createSpanObserver(onSpan)] });
  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return { tracer: provider.getTracer(name), shutdown: () => provider.shutdown() };
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
