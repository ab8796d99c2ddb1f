import { expect, test } from 'vitest';
import { countSpans } from './count-spans.ts';

function field(number: number, content: readonly number[]): number[] {
  const length = content.length < 128 ? [content.length] : [(content.length & 127) | 128, content.length >> 7];
  return [(number << 3) | 2, ...length, ...content];
}

const traceId = field(1, new Array(16).fill(7));
const startTime = [(7 << 3) | 1, ...new Array(8).fill(0xff)];
const kind = [(6 << 3) | 0, 0x80, 0x01];
const span = [...traceId, ...kind, ...startTime];
const resource = field(1, field(1, [0]));

test('only spans are counted, across scopes and resources', () => {
  const scope = field(1, field(1, [0x61]));
  const scopeSpans = field(2, [...scope, ...field(2, span), ...field(2, span)]);
  const message = [...field(1, [...resource, ...scopeSpans, ...scopeSpans]), ...field(1, scopeSpans)];
  expect(countSpans(Uint8Array.from(message))).toBe(6);
});

test('an empty request contains no span', () => {
  expect(countSpans(new Uint8Array())).toBe(0);
});

test('a truncated message is rejected', () => {
  const message = field(1, field(2, field(2, span)));
  expect(() => countSpans(Uint8Array.from(message.slice(0, -1)))).toThrow(RangeError);
});
