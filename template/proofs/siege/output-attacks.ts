import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Run, run, type SingleAttack, statusOf } from './single-run.ts';

/** Enough access-log lines to fill a pipe and 200 KiB of disk several times. */
const REQUESTS = 2000;
const FAILURES_TO_GIVE_UP = 3;

/** Makes the service write log lines, and then stops it. */
async function serveAndStop(attack: string, service: Run) {
  let served = 0;
  for (let failures = 0, sent = 0; sent < REQUESTS && failures < FAILURES_TO_GIVE_UP; sent++) {
    if ((await statusOf(`${service.url}/version`)) === 200) served += 1;
    else failures += 1;
  }
  const alive = await service.isAlive(3000);
  const { end, tookMs } = await service.stop('SIGTERM');
  return {
    attack,
    outcome: `${served} of ${REQUESTS} requests served, then ${alive ? 'alive' : 'no response to a probe'}; SIGTERM: ${end} after ${tookMs} ms`,
    withstood: served === REQUESTS && alive && end === 0,
  };
}

const fullDevice: SingleAttack = async (folder) => {
  const service = await run({ folder, stdout: openSync('/dev/full', 'w') });
  await service.isAlive(10_000);
  return serveAndStop('stdout is /dev/full', service);
};

/** Writes standard output to a disk that fills up while the service runs. Requires permission to mount. */
const smallDisk: SingleAttack = async (folder) => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const script = 'mount -t tmpfs -o size=200k tmpfs "$0" && exec "$@" >"$0/log"';
  const service = await run({ folder, stdout: 'ignore', launcher: ['unshare', '--mount', 'sh', '-c', script, disk] });
  await service.isAlive(10_000);
  return serveAndStop('stdout is a disk of 200 KiB', service);
};

const stalledReader: SingleAttack = async (folder) => {
  // Nothing reads from the pipe, which holds 64 KiB.
  const service = await run({ folder, stdout: 'pipe' });
  service.child.stdout?.pause();
  await service.isAlive(10_000);
  return serveAndStop('the reader of stdout stalls', service);
};

const closedReader: SingleAttack = async (folder) => {
  const service = await run({ folder, stdout: 'pipe' });
  await service.isAlive(10_000);
  service.child.stdout?.destroy();
  return serveAndStop('the reader of stdout closes', service);
};

export const outputAttacks: readonly SingleAttack[] = [fullDevice, smallDisk, stalledReader, closedReader];
