import { execFileSync } from 'node:child_process';
import { describe } from 'vitest';
import { onPath } from '../on-path.ts';

/** The program that tests start agents with: `CONSUL_BIN`, else what is on the PATH. */
export const consulBinary = process.env.CONSUL_BIN ?? onPath('consul');

/** Major and minor version of {@link consulBinary}, as one number: 1.8 is 1008. */
export function consulVersion(binary: string): number {
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(execFileSync(binary, ['version'], { encoding: 'utf8' })) ?? [];
  return Number(major) * 1000 + Number(minor);
}

/**
 * `describe` for tests that start agents of their own, to stop and kill them. Without the program they are skipped, and
 * their name says why.
 */
export function describeWithConsul(name: string, body: () => void): void {
  if (consulBinary !== undefined) describe(name, body);
  else describe.skip(`${name} [skipped: no consul on the PATH, and CONSUL_BIN is not set]`, body);
}

/** The same for tests that need some agent and leave it running: the one at `CONSUL_HTTP_ADDR` will do. */
export function describeWithSomeConsul(name: string, body: () => void): void {
  if (process.env.CONSUL_HTTP_ADDR !== undefined) describe(name, body);
  else describeWithConsul(name, body);
}
