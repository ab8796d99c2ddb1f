/**
 * Prometheus text 0.0.4 or OpenMetrics 1.0. They differ in the names of counters, exemplars and the end of the text.
 */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

export const CONTENT_TYPES: Record<ExpositionFormat, string> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export type Labels = Readonly<Record<string, string | number>>;

export interface Exemplar {
  labels: Labels;
  value: number;
  /** In seconds since the Unix epoch. */
  timestamp: number;
}

/** One line of output. `labels` are already rendered by {@link renderLabels}. */
export interface Sample {
  name: string;
  labels: string;
  value: number;
  exemplar?: Exemplar | undefined;
}

export interface Family {
  /** Name without the counter's `_total`. */
  name: string;
  help: string;
  type: string;
  samples: Iterable<Sample>;
}

/**
 * Chooses the format by the `Accept` header (RFC 9110 §12.5.1): OpenMetrics only if it is listed explicitly with at
 * least the weight of text/plain, as Prometheus does. Other clients, such as browsers and curl, get the Prometheus
 * format.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  let openmetrics = 0;
  let text = 0;
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const q = weight === undefined ? 1 : Number(weight) || 0;
    if (type === 'application/openmetrics-text') openmetrics = Math.max(openmetrics, q);
    if (type === 'text/plain') text = Math.max(text, q);
  }
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'prometheus';
}

export function renderFamily(family: Family, format: ExpositionFormat): string {
  const isCounter = family.type === 'counter';
  const name = isCounter && format === 'prometheus' ? `${family.name}_total` : family.name;
  let text = `# HELP ${name} ${escapeHelp(family.help, format)}\n# TYPE ${name} ${family.type}\n`;
  for (const sample of family.samples) {
    text += `${sample.name}${sample.labels} ${renderNumber(sample.value)}`;
    if (sample.exemplar && format === 'openmetrics') {
      const { labels, value, timestamp } = sample.exemplar;
      text += ` # ${renderLabels(labels) || '{}'} ${renderNumber(value)} ${timestamp}`;
    }
    text += '\n';
  }
  return text;
}

/** Renders labels as `{a="b",c="d"}`, or as an empty string if there are none. */
export function renderLabels(labels: Labels): string {
  let text = '';
  for (const name in labels) {
    text += `${text === '' ? '{' : ','}${name}="${escapeLabelValue(String(labels[name]))}"`;
  }
  return text === '' ? '' : `${text}}`;
}

function renderNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}

function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}
