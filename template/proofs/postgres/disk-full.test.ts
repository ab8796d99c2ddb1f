import { describe, expect, onTestFinished, test } from 'vitest';
import { postgresBin } from '../../../test/support/postgres/binary.ts';
import { LONG } from '../../support/long.ts';
import { canMount, fillDisk } from '../../support/postgres/full-disk.ts';
import { startPostgres } from '../../support/postgres/server.ts';
import { expectRecovery } from './expectations.ts';
import { migrate, startFleet } from './fleet.ts';
import { runOutage } from './outage.ts';

const FAULT_MS = LONG ? 20_000 : 4_000;
const DISK_MIB = 96;

const isInstalled = postgresBin !== undefined;
const canRun = isInstalled && canMount();
const reason = isInstalled ? 'no right to mount a file system' : 'PostgreSQL is not installed';

describe.skipIf(!canRun)(`a full disk of the database${canRun ? '' : ` [skipped: ${reason}]`}`, () => {
  test('fails writes with 503 until there is space again, and loses no acknowledged write', async () => {
    const server = await startPostgres({ diskMiB: DISK_MIB });
    onTestFinished(() => server.remove());
    // Without space for its log, PostgreSQL exits.
    server.supervise();
    await migrate(server.url());
    const fleet = await startFleet({ url: server.url() });
    onTestFinished(() => fleet.stop());
    let free: () => Promise<void>;
    const result = await runOutage(fleet, {
      begin() {
        free = fillDisk(server);
      },
      async end() {
        await free();
        await expect.poll(() => server.sql('SELECT 1').catch(String)).toBe('1');
      },
      ms: FAULT_MS,
    });
    expectRecovery('disk full', result, { isOutage: false });
  });
});
