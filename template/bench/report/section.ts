import type { Results } from '../results.ts';
import type { Spread } from '../statistics.ts';
import type { Column } from './markdown-table.ts';

export function section(title: string, content: string): string {
  return `## ${title}\n\n${content}`;
}

export function figure<T>(title: string, value: (item: T) => string): Column<T> {
  return { title, align: 'right', cell: value };
}

export function rowColumn<T extends { row: string }>({ rows }: Results): Column<T> {
  return { title: 'row', cell: ({ row }) => rows.find(({ name }) => name === row)?.title ?? row };
}

/** Formats the median and the extremes, such as `0.52 (0.49–0.55)`. */
export function range({ min, median, max }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

export function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}
