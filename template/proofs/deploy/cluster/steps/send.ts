import type { Cluster } from '../cluster.ts';
import { runScript } from '../pods.ts';

/**
 * Sends a request through the Service from a new pod and returns the parsed body. Rejects if the status is not 2xx. Connects
 * for at most 15 s: a NetworkPolicy controller rejects the traffic of a new pod until it has detected its address.
 */
export async function send(cluster: Cluster, method: 'GET' | 'PUT', path: string, token: string) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const options = { method, headers, ...(method === 'PUT' ? { body: '{"enabled":true}' } : {}) };
  const script = `
    const request = () => fetch('http://${cluster.release}${path}', ${JSON.stringify(options)});
    const isRejected = (outcome) => ['ECONNREFUSED', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(outcome.cause?.code);
    const deadline = Date.now() + 15_000;
    let response = await request().catch((error) => error);
    while (isRejected(response) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      response = await request().catch((error) => error);
    }
    if (response instanceof Error) throw response;
    console.log(await response.text());
    process.exitCode = response.ok ? 0 : 1;`;
  return JSON.parse(await runScript(cluster, 'send', script));
}
