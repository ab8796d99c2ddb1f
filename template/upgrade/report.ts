import type { Finished } from './finish-merge.ts';

export interface Report extends Finished {
  readonly versions: string;
  readonly branch: string;
  readonly dryRun: boolean;
  /** What changed, as `git diff --name-status` prints it. */
  readonly changes: string;
  /** New entries of the template's changelog. */
  readonly changelog: string;
  /** What has to be done by hand, for the features that the service has. */
  readonly byHand: string;
  /** Features that the template did not have before. The service has them now. */
  readonly newFeatures: readonly string[];
}

export function printReport(report: Report): void {
  const { versions, branch, dryRun, conflicts, failed } = report;
  const files = report.changes.split('\n');
  console.log(`Template: ${versions}`);
  if (dryRun) {
    section("The template's changelog", report.changelog);
    section('Files that would change', report.changes);
  }
  section('The template changed these files, which the service has deleted. They stay deleted', ...report.stillDeleted);
  section('New features. `npm run upgrade -- --without NAME` removes one', ...report.newFeatures);
  section('To do by hand', report.byHand);
  if (conflicts.length > 0) {
    section(`Conflicts in ${conflicts.length} of ${files.length} changed files`, ...conflicts);
    const commands = [...failed, 'npm run format', 'git add --all', 'git commit'].filter(isFirst);
    console.log(`\nResolve them on the branch ${branch}, then run: ${commands.join(' && ')}`);
    console.log('`git merge --abort` undoes everything, and `git switch -` leads back to your branch.');
  } else {
    section('These commands failed. Run them again after `npm ci`', ...failed);
    console.log(`\nMerged without conflicts on the branch ${branch}: ${files.length} files changed.`);
    console.log('Next: npm ci && npm run check && npm test');
  }
  if (dryRun) console.log('This was a dry run: nothing was changed.');
}

function section(heading: string, ...lines: readonly string[]): void {
  const text = lines.filter((line) => line !== '').join('\n');
  if (text !== '') console.log(`\n${heading}:\n${text.replace(/^/gm, '  ')}`);
}

function isFirst(command: string, index: number, commands: readonly string[]): boolean {
  return commands.indexOf(command) === index;
}
