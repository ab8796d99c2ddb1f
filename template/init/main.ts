/** `npm run init`: makes this template a service of one's own. See template/decisions/0030-removal-without-markers.md. */
import { join } from 'node:path';
import { apply, problemWithCheckout } from './apply.ts';
import { complete, HELP, readArguments, UsageError } from './command-line.ts';
import { spellings } from './name.ts';
import { describeName, plan, type Wishes } from './plan.ts';
import { type Changes, changesBetween, readTree } from './tree.ts';

const root = join(import.meta.dirname, '../..');

async function main(args: readonly string[]): Promise<void> {
  const { wishes, dryRun, help } = readArguments(args);
  if (help) {
    console.log(HELP);
    return;
  }
  const asking = args.length === 0 && process.stdin.isTTY;
  const given = asking ? await (await import('./prompts.ts')).askForWishes() : complete(wishes);
  if (given !== undefined) make(given, dryRun);
}

function make(wishes: Wishes, dryRun: boolean): void {
  const problem = problemWithCheckout(root);
  if (problem !== undefined) throw new UsageError(problem);

  const before = readTree(root);
  const { tree, packages } = plan(before, wishes);
  const changes = changesBetween(before, tree);
  const { deleted, moved, written } = changes;
  const sum = `${deleted.length} files deleted, ${moved.length} renamed, ${written.length} changed`;
  console.log(describeName(spellings(wishes.name)));
  if (dryRun) {
    printPlan(changes, packages);
    console.log(`${sum}; nothing was done`);
  } else {
    apply({ root, changes, packages, message: `Make ${wishes.name} from the template` });
    console.log(`${sum}, and committed.\nNext: npm ci && npm test`);
  }
}

function printPlan({ deleted, moved, written }: Changes, packages: readonly string[]): void {
  for (const path of deleted) console.log(`delete     ${path}`);
  for (const { from, to } of moved) console.log(`rename     ${from} -> ${to}`);
  for (const { path } of written) console.log(`change     ${path}`);
  for (const name of packages) console.log(`uninstall  ${name}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n\`npm run init -- --help\` says more.`);
  else console.error(`Nothing was changed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UsageError ? 64 : 1;
}
