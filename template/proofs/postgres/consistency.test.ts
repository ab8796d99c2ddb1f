import { expect, onTestFinished, test } from 'vitest';
import { describeWithSomePostgres } from '../../../test/support/postgres/some-postgres.ts';
import { LONG } from '../../support/long.ts';
import { startPostgres } from '../../support/postgres/server.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { runWriters } from '../consul/flags/flag-writers.ts';
import { isLinearizable } from '../consul/flags/linearizability.ts';
import { migrate, startFleet } from './fleet.ts';

const WRITES = LONG ? 10_000 : 1_000;
const FAULT_MS = 2_000;

describeWithSomePostgres('flags in PostgreSQL', () => {
  test(`remain linearizable with 3 instances, 50 writers and ${WRITES} conditional writes while the server crashes, hangs and loses connections`, {
    timeout: LONG ? 600_000 : 240_000,
  }, async () => {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    await migrate(server.url());
    const proxy = await startTcpProxy(server.port);
    onTestFinished(() => proxy.stop());
    const fleet = await startFleet({ url: server.url({ port: proxy.port }), size: 3 });
    onTestFinished(() => fleet.stop());

    // The writers produce conflicts and rejections by the thousand.
    for (const { adminUrl } of fleet.current) {
      const headers = { 'content-type': 'application/json' };
      await fetch(`${adminUrl}/loglevel`, { method: 'PUT', headers, body: '{"level":"fatal"}' });
    }

    const pause = () => new Promise((resolve) => setTimeout(resolve, FAULT_MS));
    const faults = [
      async () => {
        await server.kill();
        await server.start();
      },
      async () => {
        for (let count = 0; count < 10; count += 1) {
          proxy.reset();
          await new Promise((resolve) => setTimeout(resolve, FAULT_MS / 10));
        }
      },
      async () => {
        await server.pause();
        await pause();
        server.resume();
      },
      async () => {
        proxy.silence();
        await pause();
        proxy.restore();
      },
    ];
    const { histories, responses, seconds } = await runWriters({
      urls: fleet.current.map(({ url }) => url),
      writers: 50,
      keys: Array.from({ length: 20 }, (_, index) => `flag-${index}`),
      writes: WRITES,
      faults,
    });

    const verdicts = [...histories].map(([key, history]) => ({ key, linearizable: isLinearizable(history) }));
    process.stdout.write(`${seconds} s, responses: ${JSON.stringify(responses)}\n`);
    expect(verdicts.filter(({ linearizable }) => !linearizable)).toEqual([]);
    expect(responses['PUT 412']).toBeGreaterThan(0);
    expect(responses['PUT 503']).toBeGreaterThan(0);
    const known = /^(GET (200|404|503)|PUT (200|201|412|503)|DELETE (204|404|412|503))$/;
    expect(Object.keys(responses).filter((response) => !known.test(response))).toEqual([]);
  });
});
