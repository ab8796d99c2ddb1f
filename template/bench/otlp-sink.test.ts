import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildGoProgram, type GoProgram, goVersion } from './go-program.ts';
import { QUICK_SINK, startOtlpSink } from './otlp-sink.ts';

function field(number: number, content: readonly number[]): number[] {
  const length = content.length < 128 ? [content.length] : [(content.length & 127) | 128, content.length >> 7];
  return [(number << 3) | 2, ...length, ...content];
}

const traceId = field(1, new Array(16).fill(7));
const startTime = [(7 << 3) | 1, ...new Array(8).fill(0xff)];
const kind = [(6 << 3) | 0, 0x80, 0x01];
const flags = [0x85, 0x01, 1, 1, 0, 0];
const span = [...traceId, ...kind, ...startTime, ...flags];
const resource = field(1, field(1, [0]));
const scope = field(1, field(1, [0x61]));
const scopeSpans = field(2, [...scope, ...field(2, span), ...field(2, span)]);
const sixSpans = [...field(1, [...resource, ...scopeSpans, ...scopeSpans]), ...field(1, scopeSpans)];

const unpinned = { server: [], load: [], client: [], description: '' };
const goIsAbsent = goVersion() === undefined;

const programs: [name: string, isAbsent: boolean, program: GoProgram | undefined][] = [
  ['in Node.js', false, undefined],
  [`in Go${goIsAbsent ? ' [skipped: no go]' : ''}`, goIsAbsent, QUICK_SINK],
];

describe.each(programs)('the receiver %s', (_, isAbsent, program) => {
  if (!isAbsent && program) beforeAll(() => buildGoProgram(program), 120_000);

  test.skipIf(isAbsent)(
    'counts spans of each row, across scopes and resources, and what it cannot decode',
    async () => {
      const sink = await startOtlpSink(2, unpinned, program);
      onTestFinished(sink.stop);
      const send = async (row: number, bytes: readonly number[]) =>
        (await fetch(sink.address(row).http, { method: 'POST', body: Uint8Array.from(bytes) })).status;
      expect(await send(0, sixSpans)).toBe(200);
      expect(await send(0, [])).toBe(200);
      expect(await send(1, sixSpans.slice(0, -1))).toBe(200);
      expect(await send(1, [7])).toBe(200);
      const bytes = sixSpans.length;
      expect(await sink.counts(0)).toEqual({ requests: 2, bytes, spans: 6, undecodable: 0 });
      expect(await sink.counts(1)).toEqual({ requests: 2, bytes, spans: 0, undecodable: 2 });
      await expect(sink.counts(2)).rejects.toThrow('no row with index 2');
    },
  );
});

test('watched trace ids are seen once they arrive, until others are watched', async () => {
  const sink = await startOtlpSink(1, unpinned);
  onTestFinished(sink.stop);
  const [sent, other] = ['07'.repeat(16), '08'.repeat(16)];
  await sink.watch([sent, other]);
  await fetch(sink.address(0).http, { method: 'POST', body: Uint8Array.from(sixSpans) });
  expect(await sink.seen()).toEqual(new Set([sent]));
  await sink.watch([other]);
  expect(await sink.seen()).toEqual(new Set());
});

test('a receiver that cannot start is an error', async () => {
  const failing = { ...unpinned, load: ['false'] };
  await expect(startOtlpSink(1, failing)).rejects.toThrow('the receiver of spans has exited');
});
