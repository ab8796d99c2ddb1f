import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CREATE_TABLE, type Query, readApplied } from './applied.ts';
import { applyMigration } from './apply.ts';
import { MigrationError } from './errors.ts';
import { acquireLock } from './lock.ts';
import type { Migration } from './migration.ts';
import { compareSchema, schemaProblem } from './schema-state.ts';

export interface MigrateOptions {
  readonly migrations: readonly Migration[];
  /** How long to wait for another program that applies migrations. */
  readonly waitTimeoutMs: number;
  /** The session's `lock_timeout`. A migration that reaches it is tried again after the same time. */
  readonly lockTimeoutMs: number;
  /** Stops before the next migration. */
  readonly signal: AbortSignal;
}

/** How often to try a migration that cannot get a lock on a table. */
const ATTEMPTS = 5;

/** SQLSTATE of a statement that waited too long for a lock, or was chosen to end a deadlock. */
const LOCK_FAILURES = ['55P03', '40P01'];

/**
 * Applies the migrations that are not applied yet, one after the other, while it holds a lock. Those that were applied remain
 * if a later one fails.
 *
 * @throws MigrationError if the database and the files contradict each other, or a migration fails; it names the migration.
 */
export async function migrate(
  { migrations, waitTimeoutMs, lockTimeoutMs, signal }: MigrateOptions,
  { query, logger }: { query: Query; logger: Logger },
): Promise<void> {
  await acquireLock(query, { timeoutMs: waitTimeoutMs, signal });
  await query(CREATE_TABLE);
  const pending = await pendingMigrations(migrations, query);
  for (const migration of pending) {
    if (signal.aborted) throw new MigrationError(`stopped before migration ${migration.name}`);
    const started = performance.now();
    await retryLocked(
      () => applyMigration(migration, { query, lockTimeoutMs }),
      async (error, attempt) => {
        if (!migration.transaction || attempt === ATTEMPTS || signal.aborted) throw error;
        logger.warn({ err: error, migration: migration.name, attempt }, 'migration cannot lock a table; trying again');
        await delay(lockTimeoutMs, undefined, { signal }).catch(() => {});
      },
    );
    const durationMs = Math.round(performance.now() - started);
    logger.info({ migration: migration.name, durationMs }, 'applied migration');
  }
  logger.info({ applied: pending.length }, 'the schema is up to date');
}

/** @throws MigrationError if the applied migrations are not those that the files describe. */
async function pendingMigrations(migrations: readonly Migration[], query: Query): Promise<readonly Migration[]> {
  const applied = await readApplied(query);
  const { pending, changed } = compareSchema(migrations, applied);
  const [edited] = changed;
  if (edited !== undefined) {
    const { name = '' } = applied.find(({ number }) => number === edited.number) ?? {};
    throw new MigrationError(
      name === edited.name
        ? `${name}.sql was changed after it was applied: restore it, and put the change in a new migration`
        : `migration ${edited.number} was applied as ${name}.sql: renumber ${edited.name}.sql`,
    );
  }
  const last = applied.at(-1);
  const late = pending.find(({ number }) => last !== undefined && number < last.number);
  if (late !== undefined)
    throw new MigrationError(`${late.name}.sql is older than ${last?.name}.sql, which is applied: renumber it`);
  // A rollback to a release that the schema no longer fits must fail before its pods start.
  const problem = pending.length === 0 ? schemaProblem(migrations, applied) : undefined;
  if (problem !== undefined) throw new MigrationError(problem);
  return pending;
}

async function retryLocked(
  work: () => Promise<void>,
  onFailure: (error: Error, attempt: number) => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MigrationError && LOCK_FAILURES.includes(sqlStateOf(error)))) throw error;
      await onFailure(error, attempt);
    }
  }
}

function sqlStateOf({ cause }: Error): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
