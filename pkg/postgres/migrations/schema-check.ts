import { CompiledQuery, type Kysely } from 'kysely';
import { type Query, readApplied } from './applied.ts';
import { MigrationError } from './errors.ts';
import type { Migration } from './migration.ts';
import { schemaProblem } from './schema-state.ts';

/** How long a usable schema is not checked again. A newer release that breaks this one is noticed after that time. */
const CACHE_MS = 30_000;

/**
 * Creates a check that fails while this release cannot use the schema of the database. It asks the database at each call until
 * it passes, and then every 30 seconds.
 *
 * @throws MigrationError with the migration that is missing, or that broke this release. The check does.
 */
export function createSchemaCheck(
  migrations: readonly Migration[],
  { query, now = () => performance.now() }: { query: Query; now?: () => number },
): () => Promise<void> {
  let passedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (now() - passedAt < CACHE_MS) return;
    const problem = schemaProblem(migrations, await readApplied(query));
    if (problem !== undefined) throw new MigrationError(problem);
    passedAt = now();
  };
}

/** Returns a function that sends statements without values, each over any connection. */
export function queryOf(database: Kysely<unknown>): Query {
  return (text) => database.executeQuery(CompiledQuery.raw(text));
}
