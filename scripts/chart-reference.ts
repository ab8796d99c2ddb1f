/**
 * Writes the table of charts/skiff/README.md from the comments in values.yaml. With --check it writes nothing, and exits
 * 1 when the file is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chartReference } from './chart-values.ts';

const NAME = 'charts/skiff/README.md';
const BEGIN = '<!-- The rest is generated from values.yaml: edit that, then run `npm run docs`. -->\n';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const file = new URL(`../${NAME}`, import.meta.url);
const found = readFileSync(file, 'utf8');
const table = chartReference(readFileSync(new URL('values.yaml', file), 'utf8'));
const expected = `${found.slice(0, found.indexOf(BEGIN))}${BEGIN}\n${table}`;

if (!values.check) {
  writeFileSync(file, expected);
} else if (found !== expected) {
  process.stderr.write(`${NAME} is stale: run \`node scripts/chart-reference.ts\`\n`);
  process.exitCode = 1;
}
