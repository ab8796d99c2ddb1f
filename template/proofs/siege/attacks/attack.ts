import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { tcpFrom } from '../from-address.ts';

/** The target of an attack. Must be JSON-serializable, because it is sent to the attackers' process. */
export interface Battlefield {
  url: string;
  adminUrl: string;
  token: string;
  /** Seed of the generated cases. */
  seed: number;
  /** Generated cases per second, of each kind. */
  caseRate: number;
}

export interface AttackContext extends Battlefield {
  /** Aborts when the siege is over. */
  signal: AbortSignal;
  /** Counts the outcome of one connection or request. */
  count(outcome: string): void;
}

/** Attacks until the signal aborts. */
export type Attack = (context: AttackContext) => Promise<void>;

/** Number of connections opened at once: fewer than the kernel's accept queue holds. */
const BATCH = 250;

/** Opens connections from `addresses` in turn. Leaves out connections that fail. */
export async function openMany(url: string, addresses: readonly string[], count: number): Promise<Socket[]> {
  const open: Socket[] = [];
  for (let at = 0; at < count; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - at) }, async (_, index) => {
      const socket = openFrom(addresses[(at + index) % addresses.length] ?? '127.0.0.1', url);
      const connected = await once(socket, 'connect', { signal: AbortSignal.timeout(5000) }).then(
        () => true,
        () => false,
      );
      if (connected) open.push(socket);
      else socket.destroy();
    });
    await Promise.all(batch);
  }
  return open;
}

/** Opens a connection whose errors are ignored. */
export function openFrom(address: string, url: string): Socket {
  return tcpFrom(address, url)().on('error', () => {});
}

/**
 * Reads the first response on a connection and returns its status. If there is none, returns `closed`, an error code, or
 * `silent` after `limitMs`.
 */
export function firstStatus(socket: Socket, limitMs: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (outcome: string) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => settle('silent'), limitMs);
    const check = () => settle(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? (text === '' ? 'closed' : 'not HTTP'));
    socket.on('data', (chunk) => {
      if (text.length < 32) text += chunk.toString('latin1', 0, 32);
      if (text.length >= 12) check();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    socket.once('close', check);
    if (socket.destroyed) check();
  });
}

/** Waits, or returns early when the siege is over. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Returns new addresses for each round of an attack, so that the rate limit of an earlier round does not protect the target. */
export function addressesOf(attack: number, round: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `127.${attack}.${round % 250}.${(index % 250) + 1}`);
}
