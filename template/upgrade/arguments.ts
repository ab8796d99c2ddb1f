import { parseArgs } from 'node:util';
import { UpgradeError } from '../../scripts/upgrade/run.ts';
import type { FeatureChanges } from './record.ts';

export interface Arguments {
  /** The service. */
  readonly root: string;
  /** A temporary folder with the repository `store`. */
  readonly temporary: string;
  /** The id of the template's commit to upgrade to. */
  readonly target: string;
  /** The target was named with `--to`. */
  readonly isNamed: boolean;
  readonly changes: FeatureChanges;
  readonly dryRun: boolean;
}

/**
 * Reads the arguments of a user after those that scripts/upgrade/main.ts of the service has added.
 *
 * @throws UpgradeError for unknown or invalid arguments.
 */
export function readArguments(args: readonly string[]): Arguments {
  const { root = '', temporary = '', target = '', to, from: _, ci, 'dry-run': dryRun, ...features } = parse(args);
  if (ci !== undefined && !['github', 'gitlab', 'both'].includes(ci)) {
    throw new UpgradeError(`--ci: ${ci} is unknown; use github, gitlab or both`);
  }
  const changes = { with: namesIn(features.with), without: namesIn(features.without), ci };
  return { root, temporary, target, isNamed: to !== undefined, changes, dryRun };
}

function parse(args: readonly string[]) {
  const string = { type: 'string' } as const;
  const own = { root: string, temporary: string, target: string };
  const users = { to: string, from: { ...string, multiple: true }, with: string, without: string, ci: string } as const;
  try {
    const options = { ...own, ...users, 'dry-run': { type: 'boolean', default: false } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UpgradeError(error instanceof Error ? error.message : String(error));
  }
}

function namesIn(list: string | undefined): string[] | undefined {
  return list?.split(',').filter((name) => name !== '');
}
