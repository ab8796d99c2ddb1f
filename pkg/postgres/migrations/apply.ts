import { type Query, recordApplied } from './applied.ts';
import { MigrationError } from './errors.ts';
import type { Migration } from './migration.ts';
import { splitStatements } from './statements.ts';

export interface ApplyDependencies {
  /** Always of the same session. */
  readonly query: Query;
  /** The session's `lock_timeout`. */
  readonly lockTimeoutMs: number;
}

/**
 * Applies a migration and records that. A migration in a transaction takes effect as a whole or not at all.
 *
 * @throws MigrationError with the name of the migration, and the line if PostgreSQL reports a position.
 */
export async function applyMigration(migration: Migration, { query, lockTimeoutMs }: ApplyDependencies): Promise<void> {
  const send = async (text: string, offset = 0) => {
    try {
      await query(text);
    } catch (error) {
      throw failure(migration, offset, error);
    }
  };
  // A migration must not depend on settings that another one changed in the same session, nor end by a limit of its user.
  await query(`RESET ALL; SET statement_timeout = 0; SET lock_timeout = ${lockTimeoutMs}`);
  if (!migration.transaction) {
    for (const { text, offset } of splitStatements(migration.sql)) {
      // It waits for long transactions by design, and blocks nothing meanwhile.
      if (/\bconcurrently\b/i.test(text)) await query('SET lock_timeout = 0');
      await send(text, offset);
      await query(`SET lock_timeout = ${lockTimeoutMs}`);
    }
    return recordApplied(query, migration);
  }
  await query('BEGIN');
  try {
    await send(migration.sql);
    await recordApplied(query, migration);
    await query('COMMIT');
  } catch (error) {
    // Fails only if the connection broke, which ends the transaction too. The first error is the one to report.
    await query('ROLLBACK').catch(() => {});
    throw error;
  }
}

function failure({ name, sql }: Migration, offset: number, error: unknown): MigrationError {
  const message = error instanceof Error ? error.message : String(error);
  const position = error instanceof Error && 'position' in error ? Number(error.position) : Number.NaN;
  const line = Number.isNaN(position) ? '' : ` line ${sql.slice(0, offset + position).split('\n').length}`;
  return new MigrationError(`${name}.sql${line}: ${message}`, { cause: error });
}
