/** `node template/init/size.ts`: prints how many files and lines a service inherits, without its lock file. */
import { join } from 'node:path';
import { features } from './features/features.ts';
import { plan } from './plan.ts';
import { readTree } from './tree.ts';

const ALL = features.map(({ name }) => name);
const tree = readTree(join(import.meta.dirname, '../..'));

console.log('removed     files   lines   lines outside pkg/');
for (const [label, without] of [
  ['nothing', []],
  ['everything', ALL],
] as const) {
  const ci = without.length === 0 ? 'both' : 'github';
  const options = { name: 'orders', owner: 'Checkout', registry: 'registry.test/checkout', without, ci } as const;
  const files = [...plan(tree, options).tree].filter(([path]) => path !== 'package-lock.json');
  const lines = (some: typeof files) => some.reduce((sum, [, { text = '' }]) => sum + text.split('\n').length - 1, 0);
  const own = files.filter(([path]) => !path.startsWith('pkg/'));
  const columns = [files.length, lines(files), lines(own)].map((count) => String(count).padEnd(8));
  console.log(label.padEnd(12) + columns.join('').trimEnd());
}
