import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
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
}

export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /** Asked at each scrape for the value; without it the gauge keeps what it was last set to. */
  collect?: () => number;
}

export interface Exposition {
  contentType: string;
  body: string;
}

export interface Metrics {
  /** `name` ends in `_total`. */
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: GaugeOptions<Label>): Gauge<Label>;
  durationHistogram(options: DurationHistogramOptions): DurationHistogram;
  /** For what is written to the client library's own API. */
  readonly registry: Registry;
  /** All series, in the format the `Accept` header asks for. Reading changes nothing: two scrapers see the same. */
  expose(accept?: string): Promise<Exposition>;
}

/** A registry of its own, never the client library's global one: two services in one process do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const histograms: DurationHistogram[] = [];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    counter: (options) => new Counter({ ...options, registers: [registry] }),
    gauge({ collect, ...options }) {
      return new Gauge({
        ...options,
        registers: [registry],
        ...(collect && {
          collect() {
            this.set(collect());
          },
        }),
      });
    },
    durationHistogram(options) {
      const histogram = createDurationHistogram(options);
      histograms.push(histogram);
      return histogram;
    },
    async expose(accept) {
      const format = negotiateFormat(accept);
      const families = (await registry.getMetricsAsJSON()).map(familyOf);
      return {
        contentType: CONTENT_TYPES[format],
        body: render([...families, ...histograms.flatMap((histogram) => histogram.families())], format),
      };
    },
  };
}

function render(families: readonly Family[], format: ExpositionFormat): string {
  const text = families.map((family) => renderFamily(family, format)).join('');
  return format === 'openmetrics' ? `${text}# EOF\n` : text;
}
