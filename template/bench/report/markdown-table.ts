export interface Column<T> {
  title: string;
  /** `right` for figures. Default: left. */
  align?: 'left' | 'right';
  cell(item: T): string;
}

/** Formats a GitHub-flavoured Markdown table whose columns are aligned, so that it is also readable as plain text. */
export function markdownTable<T>(columns: readonly Column<T>[], items: readonly T[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...items.map((item) => columns.map(({ cell }) => escaped(cell(item)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const pad = (text: string, index: number): string =>
    columns[index]?.align === 'right' ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0);
  const rule = columns.map(({ align }, index) => {
    const dashes = '-'.repeat(widths[index] ?? 0);
    return align === 'right' ? `${dashes.slice(1)}:` : dashes;
  });
  const [head = [], ...body] = cells.map((line) => line.map(pad));
  return [head, rule, ...body].map((line) => `| ${line.join(' | ')} |\n`).join('');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
