import { randomUUID } from 'node:crypto';
import { mapOutage, type Outage } from '../../../../pkg/httpserver/problem/problem.ts';
import type { Json } from '../../../../pkg/postgres/columns.ts';
import { isPostgresOutage } from '../../../../pkg/postgres/errors.ts';
import type { Postgres } from '../../../../pkg/postgres/postgres.ts';
import type { Flag } from '../../model.ts';
import type { FlagStore } from '../../store.ts';

export interface PostgresFlagStoreOptions {
  /** Maximum number of expired flags that one statement deletes, so that it locks few rows. Default 500. */
  batchSize?: number;
}

export interface PostgresFlagStoreDependencies {
  postgres: Pick<Postgres, 'database'>;
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
}

/** See migrations/0001-flags.sql. */
interface Tables {
  flags: {
    key: string;
    value: Json<Flag>;
    /** A new UUID for each write. */
    revision: string;
    /** ISO 8601. */
    expires_at: string | null;
  };
}

const OUTAGE: Outage = {
  isOutage: isPostgresOutage,
  code: 'flag_store_unavailable',
  // Whether a write took effect is unknown until the flag is read again.
  detail: 'The flag store is unavailable. If this was a write, read the flag again before retrying.',
  retryAfterSeconds: 1,
};

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Stores flags in the table `flags`, shared by all replicas. Each write is one statement that compares the revision. Rejects
 * with a 503 problem if the database is unavailable.
 */
export function createPostgresFlagStore(
  { batchSize = 500 }: PostgresFlagStoreOptions,
  { postgres, now = Date.now }: PostgresFlagStoreDependencies,
): FlagStore {
  const database = postgres.database<Tables>();
  const isoNow = () => new Date(now()).toISOString();

  const live = () => {
    const at = isoNow();
    return database
      .selectFrom('flags')
      .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', at)]));
  };

  function deleteBatch(): Promise<number> {
    const expired = database
      .selectFrom('flags')
      .select('key')
      .where('expires_at', '<=', isoNow())
      .orderBy('expires_at')
      .limit(batchSize)
      // Replicas that delete at the same time share the work instead of waiting for each other.
      .forUpdate()
      .skipLocked();
    return mapStoreErrors(async () => {
      const { numDeletedRows } = await database.deleteFrom('flags').where('key', 'in', expired).executeTakeFirst();
      return Number(numDeletedRows);
    });
  }

  return {
    get: (key) => mapStoreErrors(() => live().select(['value', 'revision']).where('key', '=', key).executeTakeFirst()),

    async list({ after = '', limit }) {
      const page = live().select('value').where('key', '>', after).orderBy('key').limit(limit);
      return (await mapStoreErrors(() => page.execute())).map(({ value }) => value);
    },

    async put(value, expected) {
      const revision = randomUUID();
      const expires_at = value.expiresAt === undefined ? null : new Date(value.expiresAt).toISOString();
      const columns = { value: JSON.stringify(value), revision, expires_at };
      const { key } = value;
      const isStored = await mapStoreErrors(async () => {
        if (expected === 'absent') {
          const { numInsertedOrUpdatedRows } = await database
            .insertInto('flags')
            .values({ key, ...columns })
            .onConflict((conflict) =>
              conflict
                .column('key')
                .doUpdateSet(({ ref }) => ({
                  value: ref('excluded.value'),
                  revision: ref('excluded.revision'),
                  expires_at: ref('excluded.expires_at'),
                }))
                .where('flags.expires_at', '<=', isoNow()),
            )
            .executeTakeFirst();
          return numInsertedOrUpdatedRows === 1n;
        }
        if (!UUID.test(expected.revision)) return false;
        const { numUpdatedRows } = await database
          .updateTable('flags')
          .set(columns)
          .where('key', '=', key)
          .where('revision', '=', expected.revision)
          .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', isoNow())]))
          .executeTakeFirst();
        return numUpdatedRows === 1n;
      });
      return isStored ? { outcome: 'stored', revision } : { outcome: 'conflict' };
    },

    async delete(key, { revision }) {
      if (!UUID.test(revision)) return 'conflict';
      const { numDeletedRows } = await mapStoreErrors(() =>
        database
          .deleteFrom('flags')
          .where('key', '=', key)
          .where('revision', '=', revision)
          .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', isoNow())]))
          .executeTakeFirst(),
      );
      return numDeletedRows === 1n ? 'deleted' : 'conflict';
    },

    async reclaimExpired({ signal }) {
      let reclaimed = 0;
      for (;;) {
        signal.throwIfAborted();
        const deleted = await deleteBatch();
        reclaimed += deleted;
        if (deleted < batchSize) return reclaimed;
      }
    },
  };
}

function mapStoreErrors<T>(call: () => Promise<T>): Promise<T> {
  return mapOutage(call, OUTAGE);
}
