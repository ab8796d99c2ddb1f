import type { Logger } from 'pino';
import { type Query, readApplied } from '../../pkg/postgres/migrations/applied.ts';
import type { Migration } from '../../pkg/postgres/migrations/migration.ts';
import { compareSchema, schemaProblem } from '../../pkg/postgres/migrations/schema-state.ts';

export interface ReportDependencies {
  readonly query: Query;
  readonly logger: Logger;
}

/** Logs the state of each migration, in order. */
export async function logStatus(known: readonly Migration[], { query, logger }: ReportDependencies): Promise<void> {
  const applied = await readApplied(query);
  const { pending, unknown, changed } = compareSchema(known, applied);
  for (const { number, name, appliedAt } of applied) {
    const isChanged = changed.some((each) => each.number === number);
    const state = unknown.some((each) => each.number === number) ? 'unknown' : isChanged ? 'changed' : 'applied';
    logger.info({ migration: name, state, appliedAt }, 'migration');
  }
  for (const { name } of pending) logger.info({ migration: name, state: 'pending' }, 'migration');
}

/** Returns whether all known migrations are applied and this release can use the schema, and logs why not. */
export async function isUpToDate(known: readonly Migration[], { query, logger }: ReportDependencies): Promise<boolean> {
  const applied = await readApplied(query);
  const { pending, changed } = compareSchema(known, applied);
  const problem = schemaProblem(known, applied);
  const isCurrent = pending.length + changed.length === 0 && problem === undefined;
  const names = { pending: pending.map(({ name }) => name), changed: changed.map(({ name }) => name) };
  if (isCurrent) logger.info('the schema is up to date');
  else logger.error({ ...names, problem }, 'the schema is not up to date');
  return isCurrent;
}
