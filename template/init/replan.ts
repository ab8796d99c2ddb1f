/**
 * `node template/init/replan.ts <.template.json`, at the root of a clean checkout with packages installed: makes the service
 * that a record describes, without prompts, checks and commits. Prints the features of this version as JSON.
 *
 * `npm run upgrade` of every service calls this, in versions of the template that are older or newer than itself: see
 * template/decisions/0073-upgrades-merge-plans.md before you change it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeService } from './apply.ts';
import { features } from './features/features.ts';
import type { Options } from './options.ts';
import { plan } from './plan.ts';
import { changesBetween, readTree } from './tree.ts';

const root = join(import.meta.dirname, '../..');
const options: Options = JSON.parse(readFileSync(0, 'utf8'));

const before = readTree(root);
const { tree, packages } = plan(before, options);
writeService({ root, changes: changesBetween(before, tree), packages });
console.log(JSON.stringify({ features: features.map(({ name }) => name) }));
