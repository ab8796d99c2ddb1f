import { IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { context, createContextKey, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { startLocalTracing } from '../../tracing/local-tracing.ts';
import { createHttpServer } from '../server.ts';
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

test('the span of a request is active in its handler, and not when the next request of the connection arrives', async () => {
  const { tracer } = startLocalTracing('test', { onSpan() {}, limit: { isReached: () => false, take: () => true } });
  const logger = pino({ level: 'silent' });
  const server = createHttpServer({ name: 'http', host: '127.0.0.1', port: 0 }, { logger, tracer });
  const activeId = () => trace.getSpan(context.active())?.spanContext().spanId;
  const onArrival: unknown[] = [];
  server.app.server.prependListener('request', () => onArrival.push(activeId()));
  server.app.post('/', async () => {
    const before = activeId();
    await new Promise((resolve) => setImmediate(resolve));
    return [before, activeId()];
  });
  await server.listen();
  onTestFinished(() => server.close());
  const socket = connect(server.address()?.port ?? 0, '127.0.0.1');
  const request = 'POST / HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 2\r\n';
  socket.end(`${request}\r\n[]${request}\r\n[]${request}Connection: close\r\n\r\n[]`);
  const ids = [...(await text(socket)).matchAll(/\["(\w+)","(\w+)"\]/g)].map(([, ...pair]) => pair);
  expect(onArrival).toEqual([undefined, undefined, undefined]);
  expect(ids.map(([before, after]) => before === after)).toEqual([true, true, true]);
  expect(new Set(ids.flat()).size).toBe(3);
});
