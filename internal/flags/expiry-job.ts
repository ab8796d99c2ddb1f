import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { FlagStore, Term } from './store.ts';

export interface ExpiryJobOptions {
  /** Milliseconds from the end of one round to the beginning of the next. */
  intervalMs: number;
}

/** Decides who works, among those who share a store. */
export interface Election {
  /** While this one is elected, `work` runs; it ends with the term. */
  start(work: (term: Term) => Promise<void>): void;
  stop(signal: AbortSignal): Promise<void>;
}

export interface ExpiryJobDependencies {
  store: FlagStore;
  logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Without one, each instance does it for its own store. */
  election?: Election | undefined;
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
