import { once } from 'node:events';
import type { Service } from '../../test/support/service.ts';

/** Resources that a process uses after a garbage collection. */
export interface ResourceUsage {
  /** Bytes. */
  heapUsed: number;
  rss: number;
  /** Open handles of every kind except timers, which keep-alive connections also use. */
  handles: number;
  /** Open connections, which are included in `handles`. */
  sockets: number;
}

/** Measures a service that was started with `measured`. */
export async function measure(service: Service): Promise<ResourceUsage> {
  const reply = once(service.child, 'message', { signal: AbortSignal.timeout(10_000) });
  service.child.send('measure');
  const [usage] = await reply;
  return usage;
}
