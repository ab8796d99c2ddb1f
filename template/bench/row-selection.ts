import { goVersion } from './go-program.ts';
import { REFERENCE, ROWS, type Row, settingsOf } from './rows.ts';
import { unknownSettings } from './settings.ts';

export interface RowSelection {
  rows: Row[];
  /** Rows that cannot be measured here, each with the reason. */
  leftOut: string[];
}

/** What the rows need. Default: the settings of the service and the Go of this machine. */
export interface Available {
  settings?: ReadonlySet<string>;
  go?: boolean;
}

/**
 * Selects the rows to measure. By default, rows of features that the service does not have are left out, and so is podinfo
 * without Go. Other headline rows and variants, and rows requested by name, must be measurable.
 *
 * @param options.rows rows in any order. Default: all rows, or the headline rows if `quick`.
 * @throws Error that lists the rows that do not exist or cannot be measured, with the reason.
 */
export function selectRows(
  { rows: names, quick }: { rows?: readonly string[] | undefined; quick: boolean },
  available: Available = {},
): RowSelection {
  const unknown = (names ?? []).filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) {
    throw new Error(`unknown row: ${unknown.join(', ')}; available: ${ROWS.map(({ name }) => name).join(', ')}`);
  }
  const requested = ROWS.filter(({ name, group }) =>
    names ? name === REFERENCE || names.includes(name) : !quick || group === 'headline',
  );
  const problems = new Map(requested.map((row) => [row, problemOf(row, available)]));
  const reasons = (rows: readonly Row[]): string[] => rows.map((row) => `${row.name}: ${problems.get(row)}`);
  const unmeasurable = requested.filter((row) => problems.get(row) !== undefined);
  const skippable = unmeasurable.filter(
    ({ group, program }) => (group === 'feature' || program === 'podinfo') && !names,
  );
  const rejected = unmeasurable.filter((row) => !skippable.includes(row));
  if (rejected.length > 0) {
    throw new Error(`rows that cannot be measured (choose others with --rows):\n${reasons(rejected).join('\n')}`);
  }
  return { rows: requested.filter((row) => !unmeasurable.includes(row)), leftOut: reasons(skippable) };
}

/** Returns why the row cannot be measured, or undefined if it can. */
function problemOf(row: Row, { settings, go }: Available): string | undefined {
  if (row.program === 'podinfo' && !(go ?? goVersion() !== undefined)) return 'Go is not installed';
  const missing = unknownSettings(settingsOf(row), settings);
  return missing.length > 0 ? `the service has no setting ${missing.join(', ')}` : undefined;
}
