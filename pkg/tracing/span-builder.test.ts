import {
  type Attributes,
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSpanBuilder } from './span-builder.ts';

const ended: ReadableSpan[] = [];
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'test', 'process.command_args': ['node', 'main.js'] }),
  spanProcessors: [
    { onStart() {}, onEnd: (span) => void ended.push(span), async forceFlush() {}, async shutdown() {} },
  ],
});
const tracer = provider.getTracer('one', '1.0.0');

interface Description {
  name: string;
  attributes: Attributes;
  kind: SpanKind;
  startTime: [number, number];
  durationNs: number;
  parent: { isRemote: boolean; traceFlags: number } | undefined;
  status: { code: SpanStatusCode; message?: string };
}

function endedSpan({ name, attributes, kind, startTime, durationNs, parent, status }: Description): ReadableSpan {
  const parentContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  const context = parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parentContext, ...parent }) : ROOT_CONTEXT;
  const span = tracer.startSpan(name, { kind, attributes, startTime }, context).setStatus(status);
  const nanoseconds = startTime[1] + durationNs;
  span.end([startTime[0] + Math.floor(nanoseconds / 1e9), nanoseconds % 1e9]);
  return takeEnded();
}

function takeEnded(): ReadableSpan {
  const span = ended.pop();
  if (!span) throw new Error('no span has ended');
  return span;
}

const text = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 100 }));
const number = fc.oneof(
  fc.integer(),
  fc.nat(),
  fc.double(),
  fc.constantFrom(127, 128, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -0),
);
const value = fc.oneof(text, number, fc.boolean(), fc.array(text, { maxLength: 2 }));
const description: fc.Arbitrary<Description> = fc.record({
  name: text,
  attributes: fc.dictionary(text, value, { maxKeys: 15 }),
  kind: fc.constantFrom(SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.CONSUMER),
  startTime: fc.tuple(fc.integer({ min: 0, max: 2 ** 33 }), fc.integer({ min: 0, max: 999_999_999 })),
  durationNs: fc.nat(),
  parent: fc.option(fc.record({ isRemote: fc.boolean(), traceFlags: fc.constant(TraceFlags.SAMPLED) }), {
    nil: undefined,
  }),
  status: fc.record(
    { code: fc.constantFrom(SpanStatusCode.OK, SpanStatusCode.ERROR, SpanStatusCode.UNSET), message: text },
    { requiredKeys: ['code'] },
  ),
});

test('a span is serialised as the SDK does it', () => {
  const builder = createSpanBuilder();
  fc.assert(
    fc.property(description, (each) => {
      const span = endedSpan(each);
      builder.add(span);
      expect(Buffer.from(builder.take().bytes)).toEqual(bytesOf([span]));
    }),
    { numRuns: 2000 },
  );
});

const PLAIN: Description = {
  name: 'GET /v1/flags',
  attributes: { 'http.route': '/v1/flags', 'http.response.status_code': 200 },
  kind: SpanKind.SERVER,
  startTime: [1_764_000_000, 123_456_789],
  durationNs: 2_000_000,
  parent: undefined,
  status: { code: SpanStatusCode.UNSET },
};

test('several spans share one resource and one scope, and the buffer grows with them', () => {
  const attributes = fc.dictionary(text, fc.oneof(text, fc.nat(), fc.boolean(), fc.constant(0.5)), { maxKeys: 15 });
  const spans = fc.sample(fc.record({ name: text, attributes }), 500).map((each) => endedSpan({ ...PLAIN, ...each }));
  const builder = createSpanBuilder();
  for (const span of spans) builder.add(span);
  expect(builder.take()).toEqual({ items: 500, bytes: bytesOf(spans) });
  expect(builder.take()).toEqual({ items: 0, bytes: Buffer.alloc(0) });
});

test('spans of several scopes, and spans with events, links or a trace state, are all there', () => {
  const plain = endedSpan(PLAIN);
  provider.getTracer('two').startSpan('of another scope').end();
  const ofAnotherScope = takeEnded();
  const parent = trace.setSpanContext(ROOT_CONTEXT, {
    ...plain.spanContext(),
    traceState: createTraceState('vendor=1'),
  });
  const others = [
    tracer.startSpan('with an event').addEvent('cache miss', { key: 'a' }),
    tracer.startSpan('with a link', { links: [{ context: plain.spanContext() }] }),
    tracer.startSpan('with a trace state', {}, parent),
  ].map((span) => {
    span.end();
    return takeEnded();
  });
  const builder = createSpanBuilder();
  for (const span of [plain, ...others, ofAnotherScope]) builder.add(span);
  const { items, bytes } = builder.take();
  expect(items).toBe(5);
  expect(bytes).toEqual(Buffer.concat([bytesOf([plain]), bytesOf([ofAnotherScope]), bytesOf(others)]));
});

test('a span with an invalid time does not make its handler fail, and later spans are intact', () => {
  const builder = createSpanBuilder();
  for (const startTime of [new Date(Number.NaN), new Date(-5), new Date(8.64e15)]) {
    tracer.startSpan('dated', { startTime }).end();
    builder.add(takeEnded());
  }
  builder.take();
  const later = endedSpan(PLAIN);
  builder.add(later);
  expect(builder.take().bytes).toEqual(bytesOf([later]));
});

function bytesOf(spans: ReadableSpan[]): Buffer {
  return Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? []);
}
