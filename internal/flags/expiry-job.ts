import { setTimeout as delay } from 'node:timers/promises';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Election, Term } from '../app/integration.ts';
import type { FlagStore } from './store.ts';

export interface ExpiryJobOptions {
  /** Milliseconds between the end of one run and the start of the next. */
  intervalMs: number;
}

/** A store of flags, and the election of the instance that deletes expired flags from it. */
export interface FlagStorage {
  readonly store: FlagStore;
  /** Elects one of the instances that share the store. Undefined if each instance deletes expired flags. */
  readonly election?: Election | undefined;
}

export interface ExpiryJobDependencies {
  store: FlagStore;
  logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** If undefined, every instance deletes the expired flags of its own store. */
  election?: Election | undefined;
}

/** Periodically deletes expired flags from the store. Readers never see them: they count as absent once expired. */
export function createExpiryJob(
  { intervalMs }: ExpiryJobOptions,
  { store, logger, election }: ExpiryJobDependencies,
): Component {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let failing = false;

  async function work(term: Term): Promise<void> {
    while (!term.signal.aborted) {
      try {
        const count = await store.reclaimExpired(term);
        failing = false;
        if (count > 0) logger.info({ count }, 'deleted expired flags');
      } catch (error) {
        // Logged once, not at each run while the store is unavailable.
        if (!term.signal.aborted && !failing) logger.warn({ err: error }, 'could not delete expired flags');
        failing = true;
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
