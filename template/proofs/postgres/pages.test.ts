import { loadavg } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { encodeCursor } from '../../../internal/flags/cursor.ts';
import { describeWithSomePostgres } from '../../../test/support/postgres/some-postgres.ts';
import { amount } from '../../support/amount.ts';
import { startPostgres } from '../../support/postgres/server.ts';
import { migrate, startFleet } from './fleet.ts';

const FLAGS = amount('FLAGS', { short: 50_000, long: 1_000_000 });
const PAGE = 100;
const ROUNDS = 100;

describeWithSomePostgres('a list of flags in PostgreSQL', () => {
  test(`with ${FLAGS} flags, the last page costs what the first does`, async () => {
    const server = await startPostgres({ settings: { fsync: 'off', max_wal_size: '1GB' } });
    onTestFinished(() => server.remove());
    await migrate(server.url());
    await server.sql(`
      INSERT INTO flags (key, value, revision)
      SELECT key, json_build_object('key', key, 'enabled', true, 'version', 1, 'updatedAt', '2026-01-01T00:00:00.000Z'), gen_random_uuid()
      FROM generate_series(1, ${FLAGS}) AS n, lpad(n::text, 8, '0') AS key`);
    await server.sql('VACUUM ANALYZE flags');
    const fleet = await startFleet({ url: server.url(), size: 1, env: { SKIFF_LOG_ACCESS: 'none' } });
    onTestFinished(() => fleet.stop());
    const [service] = fleet.current;
    const beforeLast = String(FLAGS - PAGE).padStart(8, '0');
    const first = `${service?.url}/v1/flags?limit=${PAGE}`;
    const last = `${first}&cursor=${encodeCursor(beforeLast)}`;

    const times = { first: [] as number[], last: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      times.first.push(await timeOf(first, '00000001'));
      times.last.push(await timeOf(last, String(FLAGS - PAGE + 1).padStart(8, '0')));
    }
    const [a, b] = [median(times.first), median(times.last)];
    const load = loadavg()[0]?.toFixed(1);
    process.stdout.write(`median: first page ${a.toFixed(2)} ms, last page ${b.toFixed(2)} ms, load ${load}\n`);
    // Reading all pages before the last one would take hundreds of times as long.
    expect(b).toBeLessThan(3 * a);

    // The server reads as many blocks for one as for the other.
    const [blocksOfFirst, blocksOfLast] = [await blocksRead(''), await blocksRead(beforeLast)];
    process.stdout.write(`blocks read: first page ${blocksOfFirst}, last page ${blocksOfLast}\n`);
    expect(blocksOfLast).toBeLessThan(2 * blocksOfFirst);

    /** Returns how many blocks the query of the store reads, by the server's own account. */
    async function blocksRead(after: string): Promise<number> {
      const plan = await server.sql(`
        EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT value FROM flags
        WHERE (expires_at IS NULL OR expires_at > now()) AND key > '${after}' ORDER BY key LIMIT ${PAGE}`);
      const [{ Plan }] = JSON.parse(plan);
      return Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'];
    }
  }, 300_000);
});

/** Returns the time of a response, in milliseconds, whose first flag has this key. */
async function timeOf(url: string, key: string): Promise<number> {
  const startedAt = performance.now();
  const page = JSON.parse(await (await fetch(url)).text());
  const ms = performance.now() - startedAt;
  expect([page.items.length, page.items[0]?.key]).toEqual([PAGE, key]);
  return ms;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
