import { Counter, Gauge, Registry } from 'prom-client';
import {
  createDurationHistogram,
  type DurationHistogram,
  type DurationHistogramOptions,
} from './duration-histogram.ts';
import { CONTENT_TYPES, type ExpositionFormat, type Family, negotiateFormat, renderFamily } from './exposition.ts';
import { familyOf } from './registry-family.ts';

export interface MetricOptions<Label extends string> {
  name: string;
  help: string;
  /** Default: none. Values must come from a bounded set. */
  labelNames?: readonly Label[];
  /**
   * Called at each scrape to get the value; for a counter, the total so far. Returns undefined if it has set the series
   * itself. Default: the metric is only updated through its own methods.
   */
  collect?: () => number | undefined;
}

export interface Exposition {
  contentType: string;
  body: string;
}

export interface Metrics {
  /** `name` must end in `_total`. */
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label>;
  durationHistogram(options: DurationHistogramOptions): DurationHistogram;
  /** For code that uses the client library's own API. */
  readonly registry: Registry;
  /** Reads the current values of all series. */
  families(): Promise<Family[]>;
  /**
   * Returns all series in the format that the `Accept` header selects. Resets nothing, so several scrapers can coexist.
   */
  expose(accept?: string): Promise<Exposition>;
}

/** Creates a separate registry instead of using the client library's global one, to isolate services in one process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const histograms: DurationHistogram[] = [];
  const families = async () => [
    ...(await registry.getMetricsAsJSON()).map(familyOf),
    ...histograms.flatMap((histogram) => histogram.families()),
  ];
  return {
    registry,
    counter({ collect, ...options }) {
      return new Counter({
        ...options,
        registers: [registry],
        ...(collect && {
          collect() {
            const total = collect();
            if (total === undefined) return;
            this.reset();
            this.inc(total);
          },
        }),
      });
    },
    gauge({ collect, ...options }) {
      return new Gauge({
        ...options,
        registers: [registry],
        ...(collect && {
          collect() {
            const value = collect();
            if (value !== undefined) this.set(value);
          },
        }),
      });
    },
    durationHistogram(options) {
      const histogram = createDurationHistogram(options);
      histograms.push(histogram);
      return histogram;
    },
    families,
    async expose(accept) {
      const format = negotiateFormat(accept);
      return { contentType: CONTENT_TYPES[format], body: render(await families(), format) };
    },
  };
}

function render(families: readonly Family[], format: ExpositionFormat): string {
  const text = families.map((family) => renderFamily(family, format)).join('');
  return format === 'openmetrics' ? `${text}# EOF\n` : text;
}
