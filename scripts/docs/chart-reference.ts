import { parse } from 'yaml';
import { schema } from '../../internal/config/schema.ts';
import { listKnownNames, secretSettingsSchema, settingsSchema } from './chart-schema.ts';
import { type GeneratedFile, readText } from './generated-file.ts';
import { valuesTable } from './values-table.ts';

const CHART = 'charts/skiff';
const MARKER = '<!-- The rest is generated from values.yaml: edit that, then run `npm run docs`. -->\n';

/** Returns the chart's README.md with a table of the values, generated from the comments in values.yaml. */
export function chartReadme(): GeneratedFile {
  const path = `${CHART}/README.md`;
  const readme = readText(path);
  const written = readme.slice(0, readme.indexOf(MARKER));
  return { path, text: `${written}${MARKER}\n${valuesTable(readText(`${CHART}/values.yaml`))}` };
}

/** Returns the chart's values.schema.json, with the required values from values.yaml and the settings of the service. */
export function chartValuesSchema(): GeneratedFile {
  const path = `${CHART}/values.schema.json`;
  const valuesSchema = JSON.parse(readText(path));
  valuesSchema.required = Object.keys(parse(readText(`${CHART}/values.yaml`)));
  valuesSchema.definitions.settings = settingsSchema(schema);
  valuesSchema.definitions.secretSettings = secretSettingsSchema(schema);
  listKnownNames(valuesSchema);
  // On one line, because the formatter keeps the line breaks of objects.
  return { path, text: `${JSON.stringify(valuesSchema)}\n` };
}
