/** Prints the CPU time of the first and the last page of a list. The arguments are the numbers of items and of rounds. */
import { encodeCursor } from '../../../internal/flags/cursor.ts';
import { DEFAULT_PAGE_SIZE } from '../../../internal/flags/model.ts';
import { createFlagService } from '../../../internal/flags/service.ts';
import { createMemoryFlagStore } from '../../../internal/flags/stores/memory.ts';
import type { ListResult } from '../measure/list.ts';
import { spreadOf } from '../statistics.ts';

const [items = 0, rounds = 0] = process.argv.slice(2).map(Number);
const PAGES = 5_000;

const keyOf = (index: number): string => `flag-${`${index}`.padStart(8, '0')}`;

const store = createMemoryFlagStore({ maxFlags: items });
const updatedAt = new Date().toISOString();
for (let index = 0; index < items; index++) {
  await store.put({ key: keyOf(index), enabled: true, version: 1, updatedAt }, 'absent');
}
const service = createFlagService({ store });
const lastCursor = encodeCursor(keyOf(items - DEFAULT_PAGE_SIZE - 1));

async function pageUs(cursor: string | undefined): Promise<number> {
  const before = process.cpuUsage();
  for (let page = 0; page < PAGES; page++) await service.list({ cursor });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / PAGES;
}

const last = await service.list({ cursor: lastCursor });
if (last.items.length !== DEFAULT_PAGE_SIZE || last.nextCursor !== undefined) throw new Error('not the last page');
for (const cursor of [undefined, lastCursor]) await pageUs(cursor);

const samples: { first: number; last: number }[] = [];
for (let round = 0; round < rounds; round++) {
  samples.push({ first: await pageUs(undefined), last: await pageUs(lastCursor) });
}
const result: ListResult = {
  firstUs: spreadOf(samples.map(({ first }) => first)),
  lastUs: spreadOf(samples.map(({ last }) => last)),
  ratio: spreadOf(samples.map(({ first, last }) => last / first)),
};
console.log(JSON.stringify(result));
