import { describe } from 'vitest';
import { startAgent } from './agent.ts';
import { consulBinary, describeWithConsul } from './binary.ts';

/** Returns an agent that the test must not stop or reconfigure: a new one, or else the one at `CONSUL_HTTP_ADDR`. */
export async function someAgent(): Promise<{ url: string; stop(): Promise<void> }> {
  if (consulBinary !== undefined) return startAgent();
  const address = process.env.CONSUL_HTTP_ADDR ?? 'http://127.0.0.1:8500';
  return { url: address.includes('://') ? address : `http://${address}`, stop: async () => {} };
}

/** Wraps `describe` for tests that only need a running agent, which can be the one at `CONSUL_HTTP_ADDR`. */
export function describeWithSomeConsul(name: string, body: () => void): void {
  if (process.env.CONSUL_HTTP_ADDR !== undefined) describe(name, body);
  else describeWithConsul(name, body);
}
