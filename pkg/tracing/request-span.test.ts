import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createRandomIds } from './random-ids.ts';
import { endRequestSpan } from './request-span.ts';
import { createRequestTracer } from './request-tracer.ts';

const CALLER = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED, isRemote: true };
const WITH_CALLER = trace.setSpanContext(ROOT_CONTEXT, CALLER);
const END = { name: 'GET /v1/flags', attributes: { 'http.route': '/v1/flags' }, isError: false };

function tracers(): { sdk: Tracer; tracer: Tracer; ended: ReadableSpan[] } {
  const ids = createRandomIds();
  const ended: ReadableSpan[] = [];
  const onEnd = (span: ReadableSpan) => void ended.push(span);
  const resource = resourceFromAttributes({ 'service.name': 'test' });
  const spanProcessors = [{ onStart() {}, onEnd, async forceFlush() {}, async shutdown() {} }];
  const sdk = new TracerProvider({ idGenerator: ids, resource, spanProcessors }).getTracer('test', '1');
  const instrumentationScope = { name: 'test', version: '1' };
  return { sdk, tracer: createRequestTracer(sdk, { ratio: 1, ids, resource, instrumentationScope, onEnd }), ended };
}

const start = (tracer: Tracer, context = ROOT_CONTEXT) => tracer.startSpan('GET', { kind: SpanKind.SERVER }, context);

/** Returns what must be the same in a span of the SDK. */
function comparable(span: ReadableSpan) {
  const { name, kind, attributes, status, events, links, ended, parentSpanContext } = span;
  const { droppedAttributesCount, droppedEventsCount, droppedLinksCount } = span;
  const dropped = [droppedAttributesCount, droppedEventsCount, droppedLinksCount];
  const scope = { name: span.instrumentationScope.name, version: span.instrumentationScope.version };
  const origin = { scope, resource: span.resource.attributes, traceFlags: span.spanContext().traceFlags };
  return { name, kind, attributes, status, events, links, ended, parentSpanContext, dropped, ...origin };
}

test.each([
  ['without a caller', ROOT_CONTEXT, false],
  ['with a caller', WITH_CALLER, false],
  ['that failed', ROOT_CONTEXT, true],
])('a request %s has the same span as in the SDK', (_what, context, isError) => {
  const { sdk, tracer, ended } = tracers();
  for (const span of [start(tracer, context), start(sdk, context)]) endRequestSpan(span, { ...END, isError });
  const [own, ofSdk] = ended.map(comparable);
  expect(own).toEqual(ofSdk);
  expect(own).toMatchObject({
    name: END.name,
    attributes: END.attributes,
    parentSpanContext: context === WITH_CALLER ? CALLER : undefined,
  });
});

test('its times are those of the clock', async () => {
  const { tracer, ended } = tracers();
  const before = Date.now();
  const span = start(tracer);
  await new Promise((resolve) => setTimeout(resolve, 20));
  endRequestSpan(span, END);
  const { startTime, endTime, duration } = ended[0] ?? expect.fail('no span ended');
  const toMs = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1000 + nanoseconds / 1e6;
  expect(toMs(startTime)).toBeGreaterThanOrEqual(before);
  expect(toMs(endTime)).toBeLessThanOrEqual(Date.now() + 2);
  expect(toMs(duration)).toBeCloseTo(toMs(endTime) - toMs(startTime), 2);
  expect(toMs(duration)).toBeGreaterThan(15);
});

const CHANGES: [string, (span: Span) => void, object][] = [
  ['an attribute', (span) => span.setAttribute('app.a', 1), { attributes: { 'app.a': 1, ...END.attributes } }],
  ['attributes', (span) => span.setAttributes({ 'app.a': [1] }), { attributes: { 'app.a': [1], ...END.attributes } }],
  ['an event', (span) => span.addEvent('miss', { key: 'a' }), { events: [{ name: 'miss', attributes: { key: 'a' } }] }],
  ['an event at a time', (span) => span.addEvent('miss', [1, 2]), { events: [{ name: 'miss', time: [1, 2] }] }],
  ['a link', (span) => span.addLink({ context: CALLER }), { links: [{ context: CALLER }] }],
  ['links', (span) => span.addLinks([{ context: CALLER }]), { links: [{ context: CALLER }] }],
  ['a status', (span) => span.setStatus({ code: SpanStatusCode.OK }), { status: { code: SpanStatusCode.OK } }],
  ['an exception', (span) => span.recordException(new Error('boom')), { events: [{ name: 'exception' }] }],
];

test.each(CHANGES)('a handler adds %s', (_what, change, expected) => {
  const { tracer, ended } = tracers();
  const span = start(tracer, WITH_CALLER);
  change(span);
  expect(span.isRecording()).toBe(true);
  endRequestSpan(span, END);
  expect(span.isRecording()).toBe(false);
  expect(ended).toHaveLength(1);
  expect(ended[0]).toMatchObject({ name: END.name, kind: SpanKind.SERVER, parentSpanContext: CALLER, ...expected });
  expect(ended[0]?.spanContext()).toMatchObject(span.spanContext());
});

test('an event that a handler adds has the time at which it was added', async () => {
  const { tracer, ended } = tracers();
  const span = start(tracer);
  await new Promise((resolve) => setTimeout(resolve, 10));
  span.addEvent('late');
  endRequestSpan(span, END);
  const { startTime, endTime, events } = ended[0] ?? expect.fail('no span ended');
  const sinceStart = ([seconds, nanoseconds]: readonly [number, number]) =>
    (seconds - startTime[0]) * 1e3 + (nanoseconds - startTime[1]) / 1e6;
  expect(sinceStart(events[0]?.time ?? startTime)).toBeGreaterThan(5);
  expect(sinceStart(events[0]?.time ?? endTime)).toBeLessThanOrEqual(sinceStart(endTime));
});

test('a handler can rename and end the span, once', () => {
  const { tracer, ended } = tracers();
  const span = start(tracer);
  span.updateName('checkout').end();
  endRequestSpan(span, END);
  expect(ended.map(({ name }) => name)).toEqual(['checkout']);
});

test('a change after the end is ignored', () => {
  const { tracer, ended } = tracers();
  const span = start(tracer);
  endRequestSpan(span, END);
  span.setAttribute('late', true).addEvent('late').end();
  expect(ended.map(({ attributes, events }) => ({ attributes, events }))).toEqual([
    { attributes: END.attributes, events: [] },
  ]);
});

test('spans started after a change have ids of their own', () => {
  const { sdk, tracer } = tracers();
  const span = start(tracer).setAttribute('a', 1);
  const [other, child] = [start(sdk), sdk.startSpan('query', {}, trace.setSpan(ROOT_CONTEXT, span))];
  expect(other.spanContext().traceId).not.toBe(span.spanContext().traceId);
  expect(child.spanContext().traceId).toBe(span.spanContext().traceId);
  expect(new Set([span, other, child].map((each) => each.spanContext().spanId)).size).toBe(3);
});
