import { LOADS } from '../load/load.ts';
import type { Results } from '../results.ts';
import { summarizeThroughput } from '../summary.ts';
import { barPicture } from './picture.ts';

/** Draws the capacity of all rows except `feature` rows. */
export function capacityPicture(results: Results): string {
  const samples = results.throughput?.samples ?? [];
  const summaries = LOADS.map((load) => summarizeThroughput(samples, load));
  const bars = results.rows
    .filter(({ group }) => group !== 'feature')
    .map(({ name, title }) => ({
      label: title,
      values: summaries.flatMap((rows) =>
        rows
          .filter(({ row }) => row === name)
          .map(({ capacity, capacityPaired: { min, max } }) => ({ value: capacity, min, max })),
      ),
    }));
  const { node, date } = results.conditions;
  const subtitle = `1 ÷ processor time per request, bare Fastify = 1, more is better; this service as in its image. Node ${node}, ${date.slice(0, 10)}`;
  return barPicture({ title: 'Requests per second on one core', subtitle, series: [...LOADS] }, bars);
}
