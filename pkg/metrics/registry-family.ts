import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { type Exemplar, type Family, type Labels, renderLabels, type Sample } from './exposition.ts';

/** A value as the client library's `get()` returns it. The library's types omit the name and the exemplar. */
interface NamedValue extends MetricValue<string> {
  metricName?: string;
  exemplar?: { labelSet: Labels; value: number; timestamp: number } | null;
}

/**
 * Converts one metric of the client library's registry. We render metrics ourselves because the library has one content
 * type per registry and permanently strips `_total` from its counters when it renders OpenMetrics, which breaks later
 * scrapes in the Prometheus format.
 */
export function familyOf(metric: MetricObjectWithValues<NamedValue>): Family {
  const isCounter = metric.type === 'counter';
  const name = isCounter ? metric.name.replace(/_total$/, '') : metric.name;
  const samples: Sample[] = metric.values.map(({ value, labels, metricName, exemplar }) => ({
    name: isCounter ? `${name}_total` : (metricName ?? name),
    labels: renderLabels(definedLabels(labels)),
    value,
    exemplar: exemplar ? exemplarOf(exemplar) : undefined,
  }));
  return { name, help: metric.help, type: metric.type, samples };
}

/** Some of the library's own gauges have no labels object, contrary to its types. */
function definedLabels(labels: Partial<Record<string, string | number>> | undefined): Labels {
  const defined: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(labels ?? {})) if (value !== undefined) defined[name] = value;
  return defined;
}

function exemplarOf({ labelSet, value, timestamp }: { labelSet: Labels; value: number; timestamp: number }): Exemplar {
  return { labels: labelSet, value, timestamp };
}
