import { startAgent } from './agent.ts';
import { consulBinary } from './binary.ts';

/** Returns an agent that the test must not stop or reconfigure: a new one, or else the one at `CONSUL_HTTP_ADDR`. */
export async function someAgent(): Promise<{ url: string; stop(): Promise<void> }> {
  if (consulBinary !== undefined) return startAgent();
  const address = process.env.CONSUL_HTTP_ADDR ?? 'http://127.0.0.1:8500';
  return { url: address.includes('://') ? address : `http://${address}`, stop: async () => {} };
}
