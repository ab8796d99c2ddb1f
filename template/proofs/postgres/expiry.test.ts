import { expect, onTestFinished, test } from 'vitest';
import { describeWithSomePostgres } from '../../../test/support/postgres/some-postgres.ts';
import type { Service } from '../../../test/support/service.ts';
import { amount } from '../../support/amount.ts';
import { startPostgres } from '../../support/postgres/server.ts';
import { migrate, startFleet } from './fleet.ts';

const FLAGS = amount('EXPIRED_FLAGS', { short: 20_000, long: 200_000 });
const KEPT = 100;

describeWithSomePostgres('expired flags in PostgreSQL', () => {
  test(`${FLAGS} of them are deleted by three replicas at once, each flag once, and the others are kept`, async () => {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    await migrate(server.url());
    await server.sql(`
      INSERT INTO flags (key, value, revision, expires_at)
      SELECT key, json_build_object('key', key), gen_random_uuid(), now() + CASE WHEN n <= ${FLAGS} THEN -1 ELSE 1 END * interval '1 hour'
      FROM generate_series(1, ${FLAGS + KEPT}) AS n, lpad(n::text, 8, '0') AS key`);
    const fleet = await startFleet({ url: server.url(), env: { SKIFF_FLAGS_EXPIRY_INTERVAL: '1s' }, size: 3 });
    onTestFinished(() => fleet.stop());
    await expect.poll(() => server.sql('SELECT count(*) FROM flags'), { timeout: 60_000 }).toBe(`${KEPT}`);

    const deletedBy = ({ lines }: Service): number =>
      lines.reduce((sum, { msg, count }) => (msg === 'deleted expired flags' ? sum + Number(count) : sum), 0);
    const deleted = () => fleet.all.map(deletedBy);
    // Each replica logs its number when it finds no more expired flags.
    await expect.poll(() => deleted().reduce((sum, count) => sum + count)).toBe(FLAGS);
    process.stdout.write(`deleted by each replica: ${deleted().join(', ')}\n`);
    const warnings = fleet.all.flatMap(({ lines }) =>
      lines.filter(({ level }) => level === 'warn' || level === 'error'),
    );
    expect(warnings).toEqual([]);
  }, 120_000);
});
