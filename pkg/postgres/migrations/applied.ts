import type { Migration } from './migration.ts';

/** A row of the table that records which migrations are applied. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly breaksBefore: number | undefined;
  readonly appliedAt: Date;
}

/** Sends a statement to the database. */
export type Query = (text: string, values?: unknown[]) => Promise<{ readonly rows: readonly unknown[] }>;

/** Creates the table that records which migrations are applied. */
export const CREATE_TABLE = `
  CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    breaks_before integer,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

/** Returns the applied migrations, in order: none if the table does not exist yet. */
export async function readApplied(query: Query): Promise<readonly AppliedMigration[]> {
  const { rows: found } = await query(`SELECT to_regclass('schema_migrations') IS NOT NULL AS "exists"`);
  if (!(found as readonly { exists: boolean }[])[0]?.exists) return [];
  const { rows } = await query(
    'SELECT number, name, checksum, breaks_before, applied_at FROM schema_migrations ORDER BY number',
  );
  return (rows as readonly Row[]).map(({ number, name, checksum, breaks_before, applied_at }) => {
    return { number, name, checksum, breaksBefore: breaks_before ?? undefined, appliedAt: applied_at };
  });
}

interface Row {
  number: number;
  name: string;
  checksum: string;
  breaks_before: number | null;
  applied_at: Date;
}

export async function recordApplied(query: Query, { number, name, checksum, breaksBefore }: Migration): Promise<void> {
  await query('INSERT INTO schema_migrations (number, name, checksum, breaks_before) VALUES ($1, $2, $3, $4)', [
    number,
    name,
    checksum,
    breaksBefore ?? null,
  ]);
}
