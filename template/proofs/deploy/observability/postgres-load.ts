import { freePorts } from '../../../../test/support/free-ports.ts';
import { postgresBin } from '../../../../test/support/postgres/binary.ts';
import { migratedPostgres } from '../../../../test/support/postgres/migrated-postgres.ts';
import type { OptionalSystem, SystemInUse } from './optional-system.ts';

export const postgresSide: OptionalSystem = { available: postgresBin !== undefined, start };

async function start(): Promise<SystemInUse> {
  const server = await migratedPostgres();
  const [closedPort] = await freePorts(1);
  return {
    reachable: settings(server.url),
    unreachable: settings(`postgres://service@127.0.0.1:${closedPort}`),
    // The readiness check executes a statement.
    async load(...services) {
      for (const { adminUrl } of services) await (await fetch(`${adminUrl}/readyz`)).text();
    },
    stop: server.stop,
  };
}

function settings(url: string): NodeJS.ProcessEnv {
  return { SKIFF_POSTGRES_ENABLED: 'true', SKIFF_POSTGRES_URL: url };
}
