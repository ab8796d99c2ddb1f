import type { Service } from '../../test/support/service.ts';

/** A series of the service, by its name and its labels as they are written; NaN when there is none. */
export async function metric({ adminUrl }: Pick<Service, 'adminUrl'>, series: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1).split(' ')[0]);
}
