import type { AppliedMigration } from './applied.ts';
import type { Migration } from './migration.ts';

/** How the schema of a database compares with the migrations that a program knows. */
export interface SchemaState {
  /** Known migrations that are not applied, in order. */
  readonly pending: readonly Migration[];
  /** Applied migrations that the program does not know: a newer release applied them. */
  readonly unknown: readonly AppliedMigration[];
  /** Known migrations whose file differs from the one that was applied. */
  readonly changed: readonly Migration[];
}

export function compareSchema(known: readonly Migration[], applied: readonly AppliedMigration[]): SchemaState {
  const appliedNumbers = new Map(applied.map((each) => [each.number, each]));
  const knownNumbers = new Set(known.map(({ number }) => number));
  return {
    pending: known.filter(({ number }) => !appliedNumbers.has(number)),
    unknown: applied.filter(({ number }) => !knownNumbers.has(number)),
    changed: known.filter(({ number, name, checksum }) => {
      const before = appliedNumbers.get(number);
      return before !== undefined && (before.name !== name || before.checksum !== checksum);
    }),
  };
}

/**
 * Returns why a program cannot use the schema, or undefined if it can. Releases share a database during an upgrade, so both
 * directions are allowed as long as nothing that the program uses is missing:
 *
 * - The schema may lack a migration that is optional, or that only removes what this release no longer uses.
 * - A newer release may have added to the schema. If it also removed something, its migration states which programs that
 *   breaks.
 */
export function schemaProblem(known: readonly Migration[], applied: readonly AppliedMigration[]): string | undefined {
  const { pending, unknown } = compareSchema(known, applied);
  const [missing] = pending.filter(({ optional, breaksBefore }) => !optional && breaksBefore === undefined);
  if (missing !== undefined) return `migration ${missing.name} is not applied: run migrate`;
  const newest = Math.max(0, ...known.map(({ number }) => number));
  const breaking = unknown.find(({ breaksBefore }) => breaksBefore !== undefined && breaksBefore > newest);
  if (breaking === undefined) return undefined;
  return (
    `migration ${breaking.name}, applied by a newer release, removed what this release uses: ` +
    `deploy a release that has migration ${breaking.breaksBefore}`
  );
}
