import { type Exemplar, type Family, type Labels, renderLabels, type Sample } from './exposition.ts';

/**
 * Bucket bounds in seconds: half of those in OpenTelemetry's HTTP semantic conventions, because each is a time series for
 * every combination of labels. The alerts use 0.25.
 */
const DEFAULT_DURATION_BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 5] as const;

export interface DurationHistogramOptions {
  /** Must end in the unit, `_seconds`. */
  name: string;
  help: string;
  /** Upper bounds in seconds, ascending, without +Inf. Default: {@link DEFAULT_DURATION_BUCKETS}. */
  buckets?: readonly number[];
  /** Also exposes the counts as a counter with this name (without `_total`), so that one observation feeds both. */
  counter?: { name: string; help: string };
}

/** One series. The caller looks it up once and keeps it, so that an observation needs no hashing. */
export interface DurationRow {
  observe(seconds: number): void;
  /** Sets the OpenMetrics exemplar, such as a trace id, of the bucket that `seconds` falls into. */
  exemplify(seconds: number, labels: Labels): void;
}

export interface DurationHistogram {
  /** Creates a series. The caller must not request the same labels twice. */
  row(labels: Labels): DurationRow;
  families(): Family[];
}

/**
 * Creates a histogram whose series are handles. The client library validates and hashes the labels at every
 * observation, even with its `labels()` handles, which is too expensive on the path of every request.
 */
export function createDurationHistogram(options: DurationHistogramOptions): DurationHistogram {
  const bounds = options.buckets ?? DEFAULT_DURATION_BUCKETS;
  const rows: Row[] = [];
  return {
    row(labels) {
      const row = createRow(options, bounds, labels);
      rows.push(row);
      return row;
    },
    families() {
      const histogram: Family = {
        name: options.name,
        help: options.help,
        type: 'histogram',
        samples: rows.flatMap((row) => row.bucketSamples()),
      };
      if (!options.counter) return [histogram];
      const { name, help } = options.counter;
      const samples = rows.map((row) => ({ name: `${name}_total`, labels: row.labels, value: row.count() }));
      return [{ name, help, type: 'counter', samples }, histogram];
    },
  };
}

interface Row extends DurationRow {
  labels: string;
  count(): number;
  bucketSamples(): Sample[];
}

function createRow(options: DurationHistogramOptions, bounds: readonly number[], labels: Labels): Row {
  const counts = new Float64Array(bounds.length + 1);
  const exemplars: (Exemplar | undefined)[] = new Array(bounds.length + 1).fill(undefined);
  const bucketLabels = [...bounds.map(String), '+Inf'].map((le) => renderLabels({ ...labels, le }));
  const ownLabels = renderLabels(labels);
  let sum = 0;

  function bucketOf(seconds: number): number {
    let index = 0;
    while (index < bounds.length && seconds > (bounds[index] ?? 0)) index++;
    return index;
  }
  return {
    labels: ownLabels,
    observe(seconds) {
      const bucket = bucketOf(seconds);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      sum += seconds;
    },
    exemplify(seconds, exemplarLabels) {
      exemplars[bucketOf(seconds)] = { labels: exemplarLabels, value: seconds, timestamp: Date.now() / 1000 };
    },
    count: () => counts.reduce((total, count) => total + count, 0),
    bucketSamples() {
      let cumulative = 0;
      const samples: Sample[] = bucketLabels.map((le, index) => {
        cumulative += counts[index] ?? 0;
        return { name: `${options.name}_bucket`, labels: le, value: cumulative, exemplar: exemplars[index] };
      });
      samples.push({ name: `${options.name}_sum`, labels: ownLabels, value: sum });
      samples.push({ name: `${options.name}_count`, labels: ownLabels, value: cumulative });
      return samples;
    },
  };
}
