import { once } from 'node:events';
import type { Service } from '../../test/support/service.ts';

/** What a process holds after its garbage was collected. */
export interface Holdings {
  /** Bytes. */
  heapUsed: number;
  rss: number;
  /** Open handles of every kind but timers, of which keep-alive connections have some. */
  handles: number;
  /** Of these, open connections. */
  sockets: number;
}

/** Asks a service that was started with `measured`. */
export async function measure(service: Service): Promise<Holdings> {
  const answered = once(service.child, 'message', { signal: AbortSignal.timeout(10_000) });
  service.child.send('measure');
  const [holdings] = await answered;
  return holdings;
}
