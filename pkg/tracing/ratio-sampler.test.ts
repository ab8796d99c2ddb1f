import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, SamplingDecision, SpanKind } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { createRatioSampler } from './ratio-sampler.ts';

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
