import { setTimeout as delay } from 'node:timers/promises';
import type { Query } from './applied.ts';
import { MigrationError } from './errors.ts';

/** Any number that is the same in every release. The second half of the key is the schema, which other services may share. */
const LOCK = 0x6d696772;

const RETRY_INTERVAL_MS = 250;

const ACQUIRE = "SELECT pg_try_advisory_lock($1, hashtext(coalesce(current_schema(), ''))) AS locked";

export interface LockOptions {
  /** How long to wait for another program that applies migrations. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Takes the advisory lock that keeps two programs from applying migrations at once. It ends with the session, and so with
 * this process.
 *
 * Polls instead of waiting in PostgreSQL: `CREATE INDEX CONCURRENTLY` waits for all running statements, including one that
 * waits for the lock, which would be a deadlock.
 *
 * @throws MigrationError at the time limit, or if the signal aborts.
 */
export async function acquireLock(query: Query, { timeoutMs, signal }: LockOptions): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { rows } = await query(ACQUIRE, [LOCK]);
    if ((rows as readonly { locked: boolean }[])[0]?.locked) return;
    if (performance.now() > deadline)
      throw new MigrationError(
        `another program has been applying migrations for ${timeoutMs / 1000} s: try again later`,
      );
    await delay(RETRY_INTERVAL_MS, undefined, { signal }).catch(() => {
      throw new MigrationError('stopped while another program was applying migrations');
    });
  }
}
