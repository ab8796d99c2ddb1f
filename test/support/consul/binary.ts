import { execFileSync } from 'node:child_process';
import { describe } from 'vitest';
import { onPath } from '../on-path.ts';

/** The Consul binary that tests use: `CONSUL_BIN`, or else `consul` on the PATH. */
export const consulBinary = process.env.CONSUL_BIN ?? onPath('consul');

/** Returns the major and minor version of a Consul binary as one number: 1.8 is 1008. */
export function consulVersion(binary: string): number {
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(execFileSync(binary, ['version'], { encoding: 'utf8' })) ?? [];
  return Number(major) * 1000 + Number(minor);
}

/**
 * Wraps `describe` for tests that start, stop and kill their own agents. Without a Consul binary they are skipped, with the
 * reason in their name.
 */
export function describeWithConsul(name: string, body: () => void): void {
  if (consulBinary !== undefined) describe(name, body);
  else describe.skip(`${name} [skipped: no consul on the PATH, and CONSUL_BIN is not set]`, body);
}
