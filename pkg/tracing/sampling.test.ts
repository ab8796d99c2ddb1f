import { randomBytes } from 'node:crypto';
import {
  context,
  createTraceState,
  ROOT_CONTEXT,
  SamplingDecision,
  SpanKind,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import { ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createRandomIds } from './random-ids.ts';
import { createRequestTracer } from './request-tracer.ts';
import { createRatioSampler } from './sampling.ts';

function isRecorded(ratio: number, traceId: string): boolean {
  const { decision } = createRatioSampler(ratio).shouldSample(ROOT_CONTEXT, traceId, '', SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

test.each([0, 0.01, 0.1, 0.5, 1])('a share of %d of all traces is recorded', (ratio) => {
  const ids = Array.from({ length: 20_000 }, () => randomBytes(16).toString('hex'));
  const share = ids.filter((id) => isRecorded(ratio, id)).length / ids.length;
  expect(Math.abs(share - ratio)).toBeLessThan(0.02);
});

test('a trace recorded with a smaller ratio is also recorded with a larger one', () => {
  const ids = Array.from({ length: 2000 }, () => randomBytes(16).toString('hex'));
  expect(ids.filter((id) => isRecorded(0.1, id)).every((id) => isRecorded(0.3, id))).toBe(true);
});

test('only the random part of the trace id decides', () => {
  expect(isRecorded(0.5, `${'0'.repeat(18)}${'f'.repeat(14)}`)).toBe(true);
  expect(isRecorded(0.5, `${'f'.repeat(18)}${'0'.repeat(14)}`)).toBe(false);
});

function tracers(ratio: number): { sdk: Tracer; tracer: Tracer } {
  const ids = createRandomIds();
  const sampler = new ParentBasedSampler({ root: createRatioSampler(ratio) });
  const sdk = new TracerProvider({ sampler, idGenerator: ids }).getTracer('test');
  const origin = { resource: emptyResource(), instrumentationScope: { name: 'test' }, onEnd() {} };
  return { sdk, tracer: createRequestTracer(sdk, { ratio, ids, ...origin }) };
}

test.each([0, 0.1, 0.5, 1])('a share of %d of new traces is recorded, each with its own ids', (ratio) => {
  const { tracer } = tracers(ratio);
  const spans = Array.from({ length: 5000 }, () => tracer.startSpan('GET', { kind: SpanKind.SERVER }, ROOT_CONTEXT));
  const recorded = spans.filter((span) => span.isRecording());
  expect(Math.abs(recorded.length / spans.length - ratio)).toBeLessThan(0.04);
  const sampler = createRatioSampler(ratio);
  for (const span of spans) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    expect(`${traceId} ${spanId}`).toMatch(/^[0-9a-f]{32} [0-9a-f]{16}$/);
    expect(traceFlags).toBe(span.isRecording() ? TraceFlags.SAMPLED : TraceFlags.NONE);
    // Every sampler with the same ratio makes the same decision for this id.
    const { decision } = sampler.shouldSample(ROOT_CONTEXT, traceId, '', SpanKind.SERVER, {}, []);
    expect(decision === SamplingDecision.RECORD_AND_SAMPLED).toBe(span.isRecording());
  }
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(spans.length);
  expect(new Set(spans.map((span) => span.spanContext().spanId)).size).toBe(spans.length);
});

test.each([
  [TraceFlags.SAMPLED, SpanKind.SERVER],
  [TraceFlags.NONE, SpanKind.SERVER],
  [TraceFlags.SAMPLED, SpanKind.CONSUMER],
  [TraceFlags.NONE, SpanKind.CONSUMER],
])("a caller's decision is followed (flags %d, kind %d)", (traceFlags, kind) => {
  const { tracer } = tracers(traceFlags === TraceFlags.SAMPLED ? 0 : 1);
  const traceState = createTraceState('vendor=1');
  const caller = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags, isRemote: true, traceState };
  const span = tracer.startSpan('GET', { kind }, trace.setSpanContext(ROOT_CONTEXT, caller));
  expect(span.isRecording()).toBe(traceFlags === TraceFlags.SAMPLED);
  expect(span.spanContext()).toMatchObject({ traceId: caller.traceId, traceFlags, traceState });
  expect(span.spanContext().spanId).not.toBe(caller.spanId);
});

test('a suppressed context has no span', () => {
  const { tracer } = tracers(1);
  const caller = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED, isRemote: true };
  const suppressed = suppressTracing(trace.setSpanContext(ROOT_CONTEXT, caller));
  expect(tracer.startSpan('GET', { kind: SpanKind.SERVER }, suppressed).isRecording()).toBe(false);
});

test('the child of an unrecorded span is not recorded either and belongs to the same trace', () => {
  const { sdk, tracer } = tracers(0);
  const parent = tracer.startSpan('GET', { kind: SpanKind.SERVER }, ROOT_CONTEXT);
  const child = sdk.startSpan('query', {}, trace.setSpan(ROOT_CONTEXT, parent));
  expect(child.isRecording()).toBe(false);
  expect(child.spanContext().traceId).toBe(parent.spanContext().traceId);
});

test('a span started without a context uses the active one', () => {
  const { tracer } = tracers(1);
  expect(context.active()).toBe(ROOT_CONTEXT);
  expect(tracer.startSpan('job').isRecording()).toBe(true);
  expect(tracer.startActiveSpan('job', (span) => span.isRecording())).toBe(true);
});
