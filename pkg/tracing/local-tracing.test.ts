import { context, isSpanContextValid, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { startLocalTracing } from './local-tracing.ts';
import type { FinishedSpan } from './tracing-options.ts';

const spans: FinishedSpan[] = [];
let remaining = 100;
const limit = { isReached: () => remaining < 1, take: () => remaining-- > 0 };
const { tracer } = startLocalTracing('test', { onSpan: (span) => spans.push(span), limit });

afterEach(() => {
  spans.length = 0;
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

test('new traces are recorded up to the limit, each whole, and the others have no ids', () => {
  remaining = 2;
  const roots = Array.from({ length: 5 }, () => tracer.startSpan('root', {}, ROOT_CONTEXT));
  const traced = roots.filter((root) => isSpanContextValid(root.spanContext()));
  for (const root of traced) tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, root)).end();
  for (const root of roots) root.end();
  expect([traced.length, spans.length]).toEqual([2, 4]);
});
