import { expect, test } from 'vitest';
import { markdownTable } from './markdown-table.ts';

test('columns are aligned, figures to the right, and a pipe in a cell is escaped', () => {
  const table = markdownTable<{ name: string; value: number }>(
    [
      { title: 'row', cell: ({ name }) => name },
      { title: 'µs', align: 'right', cell: ({ value }) => `${value}` },
    ],
    [
      { name: 'a|b', value: 7 },
      { name: 'bare', value: 1000 },
    ],
  );
  expect(table).toBe(['| row  |   µs |', '| ---- | ---: |', '| a\\|b |    7 |', '| bare | 1000 |', ''].join('\n'));
});
