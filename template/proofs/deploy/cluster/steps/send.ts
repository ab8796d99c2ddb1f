import type { Cluster } from '../cluster.ts';
import { runScript } from '../pods.ts';

/** Sends a request through the Service from a new pod and returns the parsed body. Rejects if the status is not 2xx. */
export async function send(cluster: Cluster, method: 'GET' | 'PUT', path: string, token: string) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const options = { method, headers, ...(method === 'PUT' ? { body: '{"enabled":true}' } : {}) };
  const script = `
    const response = await fetch('http://${cluster.release}${path}', ${JSON.stringify(options)});
    console.log(await response.text());
    process.exitCode = response.ok ? 0 : 1;`;
  return JSON.parse(await runScript(cluster, 'send', script));
}
