/**
 * Writes what of the chart follows from elsewhere: the table in charts/skiff/README.md from the comments in values.yaml,
 * and the settings in values.schema.json from the service's own schema. With --check it writes nothing, and exits 1 when
 * one of the files is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { schema } from '../../internal/config/schema.ts';
import { secretSettingsSchema, settingsSchema } from './chart-schema.ts';
import { chartReference } from './chart-values.ts';

const CHART = new URL('../../charts/skiff/', import.meta.url);
const BEGIN = '<!-- The rest is generated from values.yaml: edit that, then run `npm run docs`. -->\n';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const read = (name: string): string => readFileSync(new URL(name, CHART), 'utf8');

const readme = read('README.md');
keep('README.md', `${readme.slice(0, readme.indexOf(BEGIN))}${BEGIN}\n${chartReference(read('values.yaml'))}`);

const valuesSchema = JSON.parse(read('values.schema.json'));
valuesSchema.definitions.settings = settingsSchema(schema);
valuesSchema.definitions.secretSettings = secretSettingsSchema(schema);
keep('values.schema.json', JSON.stringify(valuesSchema));

function keep(name: string, expected: string): void {
  if (isSame(name, read(name), expected)) return;
  if (values.check) {
    process.stderr.write(`charts/skiff/${name} is stale: run \`npm run docs\`\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(new URL(name, CHART), expected);
  }
}

/** JSON is laid out by the formatter, which is none of our business here. */
function isSame(name: string, found: string, expected: string): boolean {
  const normal = (text: string): string => (name.endsWith('.json') ? JSON.stringify(JSON.parse(text)) : text);
  return normal(found) === normal(expected);
}
