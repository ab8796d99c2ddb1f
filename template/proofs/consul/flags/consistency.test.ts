import { expect, test } from 'vitest';
import { describeWithConsul } from '../../../../test/support/consul/binary.ts';
import { startService } from '../../../../test/support/service.ts';
import { startCluster } from '../../../support/consul/cluster.ts';
import { startFaultyProxy } from '../../../support/consul/faulty-proxy.ts';
import { LONG } from '../../../support/long.ts';
import { runWriters } from './flag-writers.ts';
import { isLinearizable } from './linearizability.ts';

const WRITES = LONG ? 10_000 : 2_000;

describeWithConsul('flags in Consul', () => {
  test(`remain linearizable with 3 instances, 50 writers and ${WRITES} conditional writes while servers crash, hang and lose connections`, {
    timeout: LONG ? 600_000 : 240_000,
  }, async ({ annotate, onTestFinished }) => {
    const cluster = await startCluster();
    onTestFinished(() => cluster.stop());
    const proxies = await Promise.all(cluster.agents.map(({ url }) => startFaultyProxy(url)));
    const services = await Promise.all(
      proxies.map(({ url }) =>
        startService({
          env: {
            SKIFF_CONSUL_ENABLED: 'true',
            SKIFF_CONSUL_ADDRESS: url,
            SKIFF_CONSUL_SERVICE_ADDRESS: '127.0.0.1',
            SKIFF_FLAGS_STORE: 'consul',
          },
        }),
      ),
    );
    onTestFinished(async () => {
      for (const service of services) service.kill('SIGKILL');
      await Promise.all(services.map(({ exit }) => exit));
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    });

    for (const { adminUrl } of services) {
      const headers = { 'content-type': 'application/json' };
      await fetch(`${adminUrl}/loglevel`, { method: 'PUT', headers, body: '{"level":"fatal"}' });
    }

    const faults = [
      async () => {
        const leader = await cluster.leader();
        await leader.kill();
        await cluster.leader();
        await leader.restart();
      },
      async () => {
        proxies[0]?.set({ kind: 'reset-half' });
        proxies[1]?.set({ kind: 'cut', afterBytes: 100 });
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        for (const proxy of proxies) proxy.set({ kind: 'none' });
      },
      async () => {
        const leader = await cluster.leader();
        leader.pause();
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        leader.resume();
      },
    ];
    const { histories, responses, seconds } = await runWriters({
      urls: services.map(({ url }) => url),
      writers: 50,
      keys: Array.from({ length: 20 }, (_, index) => `flag-${index}`),
      writes: WRITES,
      faults,
    });

    const verdicts = [...histories].map(([key, history]) => ({ key, linearizable: isLinearizable(history) }));
    await annotate(`${seconds} s, responses: ${JSON.stringify(responses)}`);
    expect(verdicts.filter(({ linearizable }) => !linearizable)).toEqual([]);
    // Some writes were rejected, some failed because of a fault, and every response is a documented one.
    expect(responses['PUT 412']).toBeGreaterThan(0);
    expect(responses['PUT 503']).toBeGreaterThan(0);
    const known = /^(GET (200|404|503)|PUT (200|201|412|503)|DELETE (204|404|412|503))$/;
    expect(Object.keys(responses).filter((response) => !known.test(response))).toEqual([]);
  });
});
