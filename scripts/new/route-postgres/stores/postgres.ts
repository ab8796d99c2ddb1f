import { randomUUID } from 'node:crypto';
import { mapOutage, type Outage } from '../../../../pkg/httpserver/problem/problem.ts';
import type { Json } from '../../../../pkg/postgres/columns.ts';
import { isPostgresOutage } from '../../../../pkg/postgres/errors.ts';
import type { Postgres } from '../../../../pkg/postgres/postgres.ts';
import type { SampleThing } from '../../route/model.ts';
import type { SampleThingStore } from '../../route/store.ts';

/** The table that the migration creates. */
interface Tables {
  sample_things: {
    id: string;
    value: Json<SampleThing>;
    revision: string;
  };
}

const OUTAGE: Outage = {
  isOutage: isPostgresOutage,
  code: 'sample_thing_store_unavailable',
  // Whether a write took effect is unknown until the value is read again.
  detail: 'The sample thing store is unavailable. If this was a write, read the sample thing again before retrying.',
  retryAfterSeconds: 1,
};

/** Stores sample things in Postgres. A method rejects with a 503 problem if the database is unavailable. */
export function createPostgresSampleThingStore(postgres: Postgres): SampleThingStore {
  const database = postgres.database<Tables>();

  return {
    async get(id) {
      const query = database.selectFrom('sample_things').select(['value', 'revision']).where('id', '=', id);
      return mapOutage(() => query.executeTakeFirst(), OUTAGE);
    },

    async list({ after, limit }) {
      const all = database.selectFrom('sample_things').select('value').orderBy('id').limit(limit);
      const query = after === undefined ? all : all.where('id', '>', after);
      const rows = await mapOutage(() => query.execute(), OUTAGE);
      return rows.map(({ value }) => value);
    },

    async put(value, expected) {
      const row = { value: JSON.stringify(value), revision: randomUUID() };
      const query =
        expected === 'absent'
          ? database
              .insertInto('sample_things')
              .values({ id: value.id, ...row })
              .onConflict((conflict) => conflict.doNothing())
              .returning('revision')
          : database
              .updateTable('sample_things')
              .set(row)
              .where('id', '=', value.id)
              .where('revision', '=', expected.revision)
              .returning('revision');
      const written = await mapOutage(() => query.executeTakeFirst(), OUTAGE);
      return written === undefined ? { outcome: 'conflict' } : { outcome: 'stored', ...written };
    },

    async delete(id, { revision }) {
      const query = database
        .deleteFrom('sample_things')
        .where('id', '=', id)
        .where('revision', '=', revision)
        .returning('id');
      return (await mapOutage(() => query.executeTakeFirst(), OUTAGE)) === undefined ? 'conflict' : 'deleted';
    },
  };
}
