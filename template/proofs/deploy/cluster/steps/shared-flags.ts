import type { Cluster } from '../cluster.ts';
import type { Issuer } from '../issuer.ts';
import { runScript } from '../pods.ts';
import { must, type Report } from '../step.ts';
import { UNTIL_200 } from './reach.ts';
import { addressesOf } from './release.ts';
import { send } from './send.ts';

/** Writes a flag through the Service and reads it from each instance. */
export async function shareFlags(cluster: Cluster, report: Report, issuer: Issuer): Promise<void> {
  const token = issuer.token(['flags-editor']);
  await send(cluster, 'PUT', '/v1/flags/shared', token);
  const addresses = await addressesOf(cluster);
  const script = `${UNTIL_200}
    for (const address of ${JSON.stringify(addresses)}) {
      const url = 'http://' + address + ':8080/v1/flags/shared';
      console.log((await until200(url, { headers: { authorization: 'Bearer ${token}' } })).status);
    }`;
  const statuses = (await runScript(cluster, 'flags', script)).split('\n');
  report(`the flag read from each instance: ${statuses.join(', ')}`);
  must(statuses.length === addresses.length, 'a response from each instance');
}
