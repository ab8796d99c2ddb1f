import { LIST_ITEMS } from '../measure/list.ts';
import { TOKENS } from '../measure/tokens.ts';
import type { Results } from '../results.ts';
import { type RouteSummary, summarizeRoutes, summarizeTokens } from '../route-summary.ts';
import { markdownTable } from './markdown-table.ts';
import { figure, range, section } from './section.ts';

export function routeSections({ routes }: Results): string[] {
  if (!routes) return [];
  const table = markdownTable<RouteSummary>(
    [
      { title: 'route', cell: ({ route }) => route },
      { title: 'row', cell: ({ title }) => title },
      figure('turns', ({ turns }) => `${turns}`),
      figure('CPU µs/request, quiet', ({ cpuQuietUs }) => cpuQuietUs.toFixed(1)),
      figure('capacity ÷ bare', ({ capacity }) => capacity.toFixed(2)),
      figure('in pairs', ({ capacityPaired }) => range(capacityPaired)),
      figure('requests/s', ({ rpsMedian }) => rpsMedian.toFixed(0)),
    ],
    summarizeRoutes(routes),
  );
  const rule =
    'Bare Fastify has the same schemas and sends the same bodies. Rows with TLS are compared with bare Fastify with TLS. ' +
    'It does not verify tokens.\n';
  return [section('Capacity: flags, 50 connections', `${rule}\n${table}`)];
}

export function scalingSections({ tokens, list }: Results): string[] {
  const items: { what: string; small: string; large: string; ratio: string }[] = [];
  if (tokens) {
    const { oneUs, manyUs, ratio } = summarizeTokens(tokens);
    const what = `request with one token, and with ${TOKENS} in turn`;
    items.push({ what, small: range(oneUs, 1), large: range(manyUs, 1), ratio: range(ratio) });
  }
  if (list) {
    const what = `first page of a list of ${LIST_ITEMS}, and the last one`;
    items.push({ what, small: range(list.firstUs, 1), large: range(list.lastUs, 1), ratio: range(list.ratio) });
  }
  if (items.length === 0) return [];
  const columns = [
    { title: 'CPU time', cell: ({ what }: (typeof items)[number]) => what },
    figure<(typeof items)[number]>('first, µs', ({ small }) => small),
    figure<(typeof items)[number]>('second, µs', ({ large }) => large),
    figure<(typeof items)[number]>('second ÷ first, in pairs', ({ ratio }) => ratio),
  ];
  return [section('Tokens and pages', markdownTable(columns, items))];
}
