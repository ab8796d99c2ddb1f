import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, serverFolder } from '../../../test/support/postgres/data-folder.ts';
import { describeWithSomePostgres } from '../../../test/support/postgres/some-postgres.ts';
import { LONG } from '../../support/long.ts';
import { type PostgresServer, ROLE, startPostgres } from '../../support/postgres/server.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { occupyConnections } from './connections.ts';
import { expectRecovery, ROUNDS } from './expectations.ts';
import { type Fleet, migrate, startFleet } from './fleet.ts';
import { type Outage, runOutage } from './outage.ts';

const FAULT_MS = LONG ? 10_000 : 2_500;
const OTHER_PASSWORD = 'hush-e07a';

/** Enough for three instances, and for the superuser that ends the fault. */
const MAX_CONNECTIONS = 30;

describeWithSomePostgres('flags in PostgreSQL under load', () => {
  let server: PostgresServer;
  let proxy: TcpProxy;
  let fleet: Fleet;
  let folder: string;
  let urlFile: string;
  beforeAll(async () => {
    server = await startPostgres({ settings: { max_connections: MAX_CONNECTIONS } });
    proxy = await startTcpProxy(server.port);
    folder = serverFolder('url');
    urlFile = join(folder, 'url');
    await migrate(server.url());
    fleet = await startFleet({ url: server.url({ port: proxy.port }), urlFile });
  });
  afterAll(async () => {
    await fleet?.stop();
    await proxy?.stop();
    await server?.remove();
    rmSync(folder, { recursive: true });
    for (const { lines } of fleet?.all ?? [])
      for (const secret of [PASSWORD, OTHER_PASSWORD]) expect(JSON.stringify(lines)).not.toContain(secret);
  });

  let release: () => Promise<void>;
  let password = PASSWORD;
  const faults: Record<string, Pick<Outage, 'begin' | 'end' | 'drain'>> = {
    'the server is killed and restarted': { begin: () => server.kill(), end: () => server.start() },
    'the server is stopped and continued (SIGSTOP)': { begin: () => server.pause(), end: () => server.resume() },
    'the network is cut, which leaves half-open connections': {
      begin: () => proxy.silence(),
      end: () => proxy.restore(),
    },
    'other clients use up all connections': {
      begin: async () => {
        release = await occupyConnections(server);
      },
      end: () => release(),
      drain: LONG,
    },
    'the database becomes read-only': {
      begin: async () => {
        await server.sql('ALTER SYSTEM SET default_transaction_read_only = on');
        await server.sql('SELECT pg_reload_conf()');
      },
      end: async () => {
        await server.sql('ALTER SYSTEM RESET default_transaction_read_only');
        await server.sql('SELECT pg_reload_conf()');
      },
      drain: LONG,
    },
    'the password is changed before the file with the URL': {
      begin: async () => {
        password = password === PASSWORD ? OTHER_PASSWORD : PASSWORD;
        await server.sql(`ALTER ROLE ${ROLE} PASSWORD '${password}'`);
        await server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${ROLE}'`);
      },
      end: () => writeFileSync(urlFile, server.url({ port: proxy.port, password })),
      drain: false,
    },
  };

  describe.each(Object.entries(faults))('%s:', (name, fault) => {
    test(
      `no acknowledged write is lost or repeated, and the service recovers by itself (${ROUNDS} rounds)`,
      async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const isOutage = !name.includes('read-only');
          expectRecovery(name, await runOutage(fleet, { ...fault, ms: FAULT_MS }), { isOutage });
        }
      },
      ROUNDS * 90_000,
    );
  });
});
