import type { RowProcess } from '../row-process.ts';

/** Returns the number of spans that the service reports as dropped, or null if it does not report any number. */
export async function droppedSpans({ metricsUrl }: RowProcess): Promise<number | null> {
  return parseDroppedSpans(await (await fetch(metricsUrl)).text());
}

export function parseDroppedSpans(metrics: string): number | null {
  const values = [...metrics.matchAll(/^tracing_spans_dropped_total(?:\{[^}]*\})? (\S+)/gm)];
  return values.length === 0 ? null : values.reduce((sum, [, value]) => sum + Number(value), 0);
}
