import { setTimeout as delay } from 'node:timers/promises';
import type { LeaderElection } from '../../pkg/consul/leader-election.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { FlagStore, Term } from './store.ts';

export interface ExpiryJobOptions {
  /** Milliseconds from the end of one round to the beginning of the next. */
  intervalMs: number;
}

export interface ExpiryJobDependencies {
  store: FlagStore;
  logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Decides who does it, among those who share the store. Without one, each instance does it for its own. */
  election?: LeaderElection | undefined;
}

/** Drops what is left of expired flags, now and then: for every reader they are gone already. */
export function createExpiryJob(
  { intervalMs }: ExpiryJobOptions,
  { store, logger, election }: ExpiryJobDependencies,
): Part {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function work(term: Term): Promise<void> {
    while (!term.signal.aborted) {
      try {
        const count = await store.reclaimExpired(term);
        if (count > 0) logger.info({ count }, 'expired flags reclaimed');
      } catch (error) {
        if (!term.signal.aborted) logger.warn({ err: error }, 'expired flags not reclaimed');
      }
      await Promise.allSettled([delay(intervalMs, undefined, { signal: term.signal })]);
    }
  }

  return {
    name: 'flag expiry',
    start() {
      if (election !== undefined) election.start(work);
      else running = work({ signal: stopping.signal });
    },
    async stop(signal) {
      stopping.abort();
      await election?.stop(signal);
      await running;
    },
  };
}
