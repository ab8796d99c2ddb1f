import { context, isSpanContextValid, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { afterEach, expect, test, vi } from 'vitest';
import { startLocalTracing } from './local-tracing.ts';
import type { FinishedSpan } from './tracing-options.ts';

const spans: FinishedSpan[] = [];
let max = 100;
const { tracer } = startLocalTracing('test', { onSpan: (span) => spans.push(span), maxTracesPerSecond: () => max });

afterEach(() => {
  spans.length = 0;
  vi.useRealTimers();
});

test('the active span is kept across asynchronous calls and bound functions', async () => {
  const outer = tracer.startSpan('outer');
  const active = trace.setSpan(ROOT_CONTEXT, outer);
  await context.with(active, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    tracer.startSpan('inner').end();
  });
  context.bind(active, () => tracer.startSpan('bound').end())();
  outer.end();
  expect(spans.map(({ name }) => name)).toEqual(['inner', 'bound', 'outer']);
  const ids = spans.map(({ parentSpanContext }) => parentSpanContext?.spanId);
  expect(ids).toEqual([outer.spanContext().spanId, outer.spanContext().spanId, undefined]);
});

test('a trace that its caller does not record is recorded here', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
  const parent = propagation.extract(ROOT_CONTEXT, { traceparent });
  tracer.startSpan('server', { kind: SpanKind.SERVER }, parent).end();
  expect(spans[0]?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
});

test('bursts of 100 traces are recorded and then those within the rate, each whole; the others have no ids', () => {
  vi.useFakeTimers({ toFake: ['performance'], now: 5000 });
  vi.advanceTimersByTime(60_000);
  const startTraces = (count: number) => {
    let untraced = 0;
    for (let i = 0; i < count; i++) {
      const root = tracer.startSpan('root', {}, ROOT_CONTEXT);
      if (isSpanContextValid(root.spanContext())) {
        tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, root)).end();
      } else {
        untraced += 1;
      }
      root.end();
    }
    return untraced;
  };
  expect(startTraces(150)).toBe(50);
  expect(spans.length).toBe(200);
  max = 10;
  vi.advanceTimersByTime(1000);
  expect(startTraces(50)).toBe(40);
  expect(spans.length).toBe(220);
});
