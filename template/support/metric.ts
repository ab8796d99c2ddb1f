import type { Service } from '../../test/support/service.ts';

/** Returns the value of a series, written as in the exposition (`name{labels}`), or NaN if there is no such series. */
export async function metric({ adminUrl }: Pick<Service, 'adminUrl'>, series: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1).split(' ')[0]);
}
