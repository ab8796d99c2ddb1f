import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { context, createContextKey, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { startLocalTracing } from '../../tracing/local-tracing.ts';
import { createServerSpans } from './server-spans.ts';

test('a request whose span has no ids is not traced', () => {
  const untraced = new ProxyTracerProvider().getTracer('without a provider');
  expect(createServerSpans(untraced).start(new IncomingMessage(new Socket()))).toBeUndefined();
});

test('the context of a handler has its span, and values can be added to it', () => {
  const { tracer } = startLocalTracing('test', { onSpan() {}, limit: { isReached: () => false, take: () => true } });
  const serverSpan = createServerSpans(tracer).start(new IncomingMessage(new Socket()));
  const key = createContextKey('test');
  const seen: unknown[] = [];
  serverSpan?.run(() => {
    const active = context.active();
    const extended = active.setValue(key, 'value');
    seen.push(trace.getSpan(active), active.getValue(key), active.deleteValue(key).getValue(key));
    seen.push(trace.getSpan(extended), extended.getValue(key), trace.getSpan(extended.deleteValue(key)));
    seen.push(trace.getSpan(trace.deleteSpan(active)));
  });
  const span = serverSpan?.span;
  expect(span?.isRecording()).toBe(true);
  expect(seen).toEqual([span, undefined, undefined, span, 'value', span, undefined]);
});
