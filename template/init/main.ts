/** `npm run init`: turns this template into a service. See template/decisions/0030-removal-without-markers.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apply } from './apply.ts';
import { type Arguments, complete, HELP, readArguments, UsageError } from './command-line.ts';
import { spellings } from './name.ts';
import { dependenciesIn } from './name-problem.ts';
import type { Options } from './options.ts';
import { describeName, plan } from './plan.ts';
import { withRecord } from './record.ts';
import {
  createRepository,
  hasCommit,
  problemWithBranch,
  problemWithFolder,
  removeRepository,
  templateCommit,
  urlOf,
} from './repository.ts';
import { isUnpublished, renameOrigin } from './template-remote.ts';
import { type Changes, changesBetween, readTree } from './tree.ts';

const root = join(import.meta.dirname, '../..');

async function main(args: readonly string[]): Promise<void> {
  const read = readArguments(args);
  if (read.help) {
    console.log(HELP);
    return;
  }
  const packages = dependenciesIn(readFileSync(join(root, 'package.json'), 'utf8'));
  if (args.length === 0 && process.stdin.isTTY) {
    const { promptForOptions } = await import('./prompts.ts');
    const answers = await promptForOptions(packages);
    if (answers !== undefined) initIn(answers.options, { ...read, freshHistory: answers.freshHistory });
  } else {
    initIn(complete(read.options, packages), read);
  }
}

/** Creates a repository first if the folder is an unpacked archive, and removes it again if nothing is committed to it. */
function initIn(options: Required<Options>, read: Arguments): void {
  const problem = problemWithFolder(root) ?? (read.freshHistory ? problemWithBranch(root) : undefined);
  if (problem !== undefined) throw new UsageError(problem);
  const created = createRepository(root);
  try {
    init(options, read);
  } catch (error) {
    if (created) removeRepository(root);
    throw error;
  }
  if (created && read.dryRun) removeRepository(root);
}

function init(options: Required<Options>, { dryRun, check, freshHistory, keepOrigin }: Arguments): void {
  const before = readTree(root);
  const commit = templateCommit(root);
  const { tree, packages } = plan(before, options);
  // In a repository that was created from an archive, origin is the service's own.
  const isClone = !keepOrigin && hasCommit(root, commit);
  const url = urlOf(root, isClone ? ['template', 'origin'] : ['template']);
  const template = { commit, url, tree: before };
  const changes = changesBetween(before, withRecord(tree, options, template));
  const { deleted, moved, written } = changes;
  const summary = `${deleted.length} files deleted, ${moved.length} renamed, ${written.length} changed`;
  console.log(`${describeName(spellings(options.name))}, image ${options.registry}/${options.name}`);
  if (dryRun) {
    printPlan(changes, packages);
    console.log(`dry run: ${summary}`);
    return;
  }
  const isLost = freshHistory && isUnpublished(root, commit);
  apply({ root, changes, packages, message: `Make ${options.name} from the template`, check, freshHistory });
  console.log(`committed: ${summary}`);
  if (isLost) console.log(`note: no remote has ${commit}; keep a clone of the template that has it, for upgrades`);
  if (isClone) leaveTemplate(commit);
  console.log('Next: npm ci && npm test');
}

/** Prints a failure and does not throw it, because the service is complete. */
function leaveTemplate(commit: string): void {
  try {
    for (const line of renameOrigin(root, commit)) console.log(line);
  } catch (error) {
    console.error(
      `the remote origin could not be renamed to template: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function printPlan({ deleted, moved, written }: Changes, packages: readonly string[]): void {
  for (const path of deleted) console.log(`delete     ${path}`);
  for (const { from, to } of moved) console.log(`rename     ${from} -> ${to}`);
  for (const { path } of written) console.log(`write      ${path}`);
  for (const name of packages) console.log(`uninstall  ${name}`);
}

/** Without `--`, npm reads the options as its own and passes them on in variables. */
function hint({ npm_config_owner: owner }: NodeJS.ProcessEnv): string {
  return owner === undefined
    ? ''
    : '\nnpm took the options for its own; put -- before the name: npm run init -- NAME …';
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError)
    console.error(`${error.message}${hint(process.env)}\n\nSee \`npm run init -- --help\`.`);
  else console.error(`init failed; nothing was changed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UsageError ? 64 : 1;
}
