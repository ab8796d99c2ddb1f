import type { Exemplar, Family, Sample } from '../metrics/exposition.ts';
import type { Chunk } from '../tracing/chunk.ts';
import { ProtobufWriter } from '../tracing/protobuf-writer.ts';
import { writeAttributes } from './attributes.ts';

/** Unit suffixes of Prometheus' names with their unit in UCUM, as receivers append them again. */
const UNITS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'By', ratio: '1' };
/** `AGGREGATION_TEMPORALITY_CUMULATIVE` */
const CUMULATIVE = 2;

/** When the counters started at zero, and when they were read, in nanoseconds since the Unix epoch. */
interface Interval {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Serialises metrics as an `ExportMetricsServiceRequest` (opentelemetry/proto/collector/metrics/v1), by the rules of
 * "Prometheus and OpenMetrics Compatibility": a receiver that exposes them to Prometheus restores the same names and labels.
 */
export function createMetricsSerializer(scope: string, resource: Uint8Array) {
  const writer = new ProtobufWriter();
  return (all: readonly Family[], interval: Interval): Chunk => {
    const families = all.map((family) => ({ ...family, samples: [...family.samples] })).filter(hasSamples);
    writer.message(1, () => {
      writer.bytes(1, resource);
      writer.message(2, () => {
        writer.message(1, () => writer.text(1, scope));
        for (const family of families) writer.message(2, () => writeMetric(writer, family, interval));
      });
    });
    return { items: families.length, bytes: writer.finish() };
  };
}

function hasSamples({ samples }: { samples: readonly Sample[] }): boolean {
  return samples.length > 0;
}

function writeMetric(writer: ProtobufWriter, { name, help, type, samples }: Family, interval: Interval): void {
  const suffix = /_([a-z]+)$/.exec(name)?.[1] ?? '';
  const unit = UNITS[suffix];
  writer.text(1, unit === undefined ? name : name.slice(0, -suffix.length - 1));
  writer.text(2, help);
  if (unit !== undefined) writer.text(3, unit);
  if (type === 'histogram') {
    writer.message(9, () => {
      for (const series of histogramsOf(name, samples))
        writer.message(1, () => writeHistogram(writer, series, interval));
      writer.uint(2, CUMULATIVE);
    });
    return;
  }
  const isCounter = type === 'counter';
  writer.message(isCounter ? 7 : 5, () => {
    for (const { labels, value, exemplar } of samples) {
      writer.message(1, () => {
        if (isCounter) writer.fixed64(2, interval.start);
        writer.fixed64(3, interval.end);
        writer.double(4, value);
        writeAttributes(writer, 7, parseLabels(labels));
        if (exemplar) writer.message(5, () => writeExemplar(writer, exemplar));
      });
    }
    if (!isCounter) return;
    writer.uint(2, CUMULATIVE);
    writer.uint(3, 1);
  });
}

interface HistogramSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly bounds: number[];
  /** Per bucket, not cumulative. */
  readonly counts: number[];
  readonly exemplars: Exemplar[];
  sum: number;
}

/** Puts the samples of each series together. They follow each other, the buckets in ascending order. */
function histogramsOf(name: string, samples: Iterable<Sample>): Iterable<HistogramSeries> {
  const series = new Map<string, HistogramSeries>();
  for (const { name: sample, labels, value, exemplar } of samples) {
    const { le, ...own } = parseLabels(labels);
    const key = JSON.stringify(own);
    const found = series.get(key) ?? { labels: own, bounds: [], counts: [], exemplars: [], sum: 0 };
    series.set(key, found);
    if (sample === `${name}_sum`) found.sum = value;
    if (le === undefined) continue;
    if (le !== '+Inf') found.bounds.push(Number(le));
    found.counts.push(value - found.counts.reduce((total, count) => total + count, 0));
    if (exemplar) found.exemplars.push(exemplar);
  }
  return series.values();
}

function writeHistogram(writer: ProtobufWriter, series: HistogramSeries, { start, end }: Interval): void {
  writer.fixed64(2, start);
  writer.fixed64(3, end);
  writer.fixed64(4, BigInt(series.counts.reduce((total, count) => total + count, 0)));
  writer.double(5, series.sum);
  writer.packedFixed64(6, series.counts);
  writer.packedDoubles(7, series.bounds);
  for (const exemplar of series.exemplars) writer.message(8, () => writeExemplar(writer, exemplar));
  writeAttributes(writer, 9, series.labels);
}

function writeExemplar(writer: ProtobufWriter, { labels, value, timestamp }: Exemplar): void {
  const { trace_id: traceId, span_id: spanId, ...others } = labels;
  writer.fixed64(2, BigInt(Math.round(timestamp * 1_000)) * 1_000_000n);
  writer.double(3, value);
  if (spanId !== undefined) writer.bytes(4, Buffer.from(String(spanId), 'hex'));
  if (traceId !== undefined) writer.bytes(5, Buffer.from(String(traceId), 'hex'));
  writeAttributes(writer, 7, others);
}

/** Reads labels that were rendered as `{a="b",c="d"}`. */
function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replaceAll(/\\(.)/g, (_escape, character) => (character === 'n' ? '\n' : character));
  }
  return labels;
}
