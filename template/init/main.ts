/** `npm run init`: turns this template into a service. See template/decisions/0030-removal-without-markers.md. */
import { join } from 'node:path';
import { apply, headOf, problemWithCheckout } from './apply.ts';
import { complete, HELP, readArguments, UsageError } from './command-line.ts';
import { spellings } from './name.ts';
import type { Options } from './options.ts';
import { describeName, plan } from './plan.ts';
import { withRecord } from './record.ts';
import { type Changes, changesBetween, readTree } from './tree.ts';

const root = join(import.meta.dirname, '../..');

async function main(args: readonly string[]): Promise<void> {
  const { options, dryRun, help } = readArguments(args);
  if (help) {
    console.log(HELP);
    return;
  }
  const interactive = args.length === 0 && process.stdin.isTTY;
  const completed = interactive ? await (await import('./prompts.ts')).promptForOptions() : complete(options);
  if (completed !== undefined) init(completed, dryRun);
}

function init(options: Required<Options>, dryRun: boolean): void {
  const problem = problemWithCheckout(root);
  if (problem !== undefined) throw new UsageError(problem);

  const before = readTree(root);
  const { tree, packages } = plan(before, options);
  const changes = changesBetween(before, withRecord(tree, options, { commit: headOf(root), tree: before }));
  const { deleted, moved, written } = changes;
  const summary = `${deleted.length} files deleted, ${moved.length} renamed, ${written.length} changed`;
  console.log(describeName(spellings(options.name)));
  if (dryRun) {
    printPlan(changes, packages);
    console.log(`dry run: ${summary}`);
  } else {
    apply({ root, changes, packages, message: `Make ${options.name} from the template` });
    console.log(`committed: ${summary}\nNext: npm ci && npm test`);
  }
}

function printPlan({ deleted, moved, written }: Changes, packages: readonly string[]): void {
  for (const path of deleted) console.log(`delete     ${path}`);
  for (const { from, to } of moved) console.log(`rename     ${from} -> ${to}`);
  for (const { path } of written) console.log(`write      ${path}`);
  for (const name of packages) console.log(`uninstall  ${name}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\nSee \`npm run init -- --help\`.`);
  else console.error(`init failed; nothing was changed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UsageError ? 64 : 1;
}
