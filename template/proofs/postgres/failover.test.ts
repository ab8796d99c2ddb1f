import { expect, onTestFinished, test } from 'vitest';
import { PASSWORD } from '../../../test/support/postgres/data-folder.ts';
import { describeWithSomePostgres } from '../../../test/support/postgres/some-postgres.ts';
import { LONG } from '../../support/long.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres/server.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { expectRecovery } from './expectations.ts';
import { type Fleet, migrate, startFleet } from './fleet.ts';
import { runOutage } from './outage.ts';

const FAULT_MS = LONG ? 10_000 : 2_500;

interface Pair {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  /** Between the instances and the database. */
  readonly proxy: TcpProxy;
  /** Between the standby and the primary. */
  readonly replication: TcpProxy;
  readonly fleet: Fleet;
}

/** Starts a primary with a synchronous standby, and instances that reach the primary through a proxy. */
async function startPair(): Promise<Pair> {
  const primary = await startPostgres();
  onTestFinished(() => primary.remove());
  await migrate(primary.url());
  const replication = await startTcpProxy(primary.port);
  onTestFinished(() => replication.stop());
  await primary.sql(`ALTER ROLE postgres PASSWORD '${PASSWORD}'`);
  const primary_conninfo = `host=127.0.0.1 port=${replication.port} user=postgres password=${PASSWORD}`;
  const standby = await startPostgres({ standbyOf: primary, settings: { primary_conninfo } });
  onTestFinished(() => standby.remove());
  // A write is acknowledged once the standby shows it, so no failover loses it.
  await primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
  await primary.sql('ALTER SYSTEM SET synchronous_commit = remote_apply');
  await primary.sql('SELECT pg_reload_conf()');
  await expect.poll(() => primary.sql('SELECT sync_state FROM pg_stat_replication')).toBe('sync');
  const proxy = await startTcpProxy(primary.port);
  onTestFinished(() => proxy.stop());
  const fleet = await startFleet({ url: primary.url({ port: proxy.port }) });
  onTestFinished(() => fleet.stop());
  return { primary, standby, proxy, replication, fleet };
}

describeWithSomePostgres('a failover to a hot standby', () => {
  test('after the primary was killed loses no acknowledged write, and the read-only standby is readable before', async () => {
    const { primary, standby, proxy, fleet } = await startPair();
    const result = await runOutage(fleet, {
      async begin() {
        await primary.kill();
        proxy.switchTo(standby.port);
      },
      end: async () => void (await standby.sql('SELECT pg_promote()')),
      ms: FAULT_MS,
    });
    expectRecovery('failover, primary killed', result, { isOutage: false });
  }, 120_000);

  test('is noticed although connections to the primary, which became read-only, stay open', async () => {
    const { primary, standby, proxy, fleet } = await startPair();
    const result = await runOutage(fleet, {
      async begin() {
        await primary.sql('ALTER SYSTEM SET default_transaction_read_only = on');
        await primary.sql('SELECT pg_reload_conf()');
      },
      async end() {
        await standby.sql('SELECT pg_promote()');
        proxy.switchTo(standby.port);
      },
      ms: FAULT_MS,
      drain: LONG,
      mayReadStale: true,
    });
    expectRecovery('failover, primary demoted', result, { isOutage: false });
  }, 120_000);

  test('loses no acknowledged write although the primary could not send the latest ones to the standby', async () => {
    const { primary, standby, proxy, replication, fleet } = await startPair();
    const result = await runOutage(fleet, {
      begin: () => replication.silence(),
      async end() {
        await primary.kill();
        await standby.sql('SELECT pg_promote()');
        proxy.switchTo(standby.port);
      },
      ms: FAULT_MS,
      drain: LONG,
      mayUndoFailedWrites: true,
    });
    expectRecovery('failover after replication was cut', result, { isOutage: false, isPartial: true });
  }, 120_000);
});
