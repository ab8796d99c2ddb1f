import { describe, expect, onTestFinished, test } from 'vitest';
import { postgresBin } from '../../../test/support/postgres/binary.ts';
import { LONG } from '../../support/long.ts';
import { pgBouncer, startPgBouncer } from '../../support/postgres/pgbouncer.ts';
import { startPostgres } from '../../support/postgres/server.ts';
import { expectRecovery } from './expectations.ts';
import { migrate, startFleet } from './fleet.ts';
import { runOutage } from './outage.ts';

const FAULT_MS = LONG ? 10_000 : 2_500;
/** Fewer than the instances have, so that transactions of different clients share connections. */
const POOL_SIZE = 3;

const canRun = postgresBin !== undefined && pgBouncer !== undefined;

describe.skipIf(!canRun)(`behind PgBouncer in transaction mode${canRun ? '' : ' [skipped: not installed]'}`, () => {
  test('no write is lost or repeated while PgBouncer and then the server are killed and restarted', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    const bouncer = await startPgBouncer(server, { poolSize: POOL_SIZE });
    onTestFinished(() => bouncer.remove());
    // The advisory lock of migrations requires a session.
    await migrate(server.url());
    const fleet = await startFleet({ url: server.url({ port: bouncer.port }) });
    onTestFinished(() => fleet.stop());

    expectRecovery(
      'PgBouncer killed',
      await runOutage(fleet, { begin: () => bouncer.kill(), end: () => bouncer.start(), ms: FAULT_MS }),
    );
    expectRecovery(
      'server behind PgBouncer killed',
      await runOutage(fleet, { begin: () => server.kill(), end: () => server.start(), ms: FAULT_MS, drain: LONG }),
    );
    // No statement left a session setting behind that the next client of the connection would inherit.
    expect(await server.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'service'")).toBe(`${POOL_SIZE}`);
  }, 120_000);
});
