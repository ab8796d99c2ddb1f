import { parse } from 'yaml';
import type { Integration } from '../../internal/app/integration.ts';
import { integrations } from '../../internal/app/integrations.ts';
import { ENV_PREFIX } from '../../internal/config/layers.ts';
import { schema } from '../../internal/config/schema.ts';
import { renderReference } from '../../pkg/config/reference.ts';
import { listKnownNames, secretSettingsSchema, settingsSchema } from './chart-schema.ts';
import { type GeneratedFile, readText } from './generated-file.ts';
import { withoutMissingValues, withoutUnknownVariables } from './stale-schema.ts';
import { valuesTable } from './values-table.ts';

/** Returns the documents that every service has. */
export function references(): GeneratedFile[] {
  return [configurationReference(), chartReadme(), chartValuesSchema()];
}

/** Returns docs/configuration.md, generated from the configuration schema. */
function configurationReference(): GeneratedFile {
  const [kvStore] = Object.values<Integration>(integrations).flatMap(({ settings = [] }) => settings);
  const text = renderReference(schema, {
    prefix: ENV_PREFIX,
    command: 'npm run docs',
    ...(kvStore !== undefined && { kvStore }),
  });
  return { path: 'docs/configuration.md', text };
}

const CHART = 'charts/skiff';
const MARKER = '<!-- The rest is generated from values.yaml: edit that, then run `npm run docs`. -->\n';

/** Returns the chart's README.md with a table of the values, generated from the comments in values.yaml. */
function chartReadme(): GeneratedFile {
  const path = `${CHART}/README.md`;
  const readme = readText(path);
  const written = readme.slice(0, readme.indexOf(MARKER));
  return { path, text: `${written}${MARKER}\n${valuesTable(readText(`${CHART}/values.yaml`))}` };
}

/** Returns the chart's values.schema.json, with the values of values.yaml, all required, and the settings of the service. */
function chartValuesSchema(): GeneratedFile {
  const path = `${CHART}/values.schema.json`;
  const valuesSchema = JSON.parse(readText(path));
  const values = parse(readText(`${CHART}/values.yaml`));
  withoutMissingValues(valuesSchema, values);
  valuesSchema.required = Object.keys(values);
  const { name } = valuesSchema.properties.extraEnv.items.properties;
  name.not.pattern = withoutUnknownVariables(name.not.pattern, schema, ENV_PREFIX);
  valuesSchema.definitions.settings = settingsSchema(schema);
  valuesSchema.definitions.secretSettings = secretSettingsSchema(schema);
  listKnownNames(valuesSchema);
  // On one line, because the formatter keeps the line breaks of objects.
  return { path, text: `${JSON.stringify(valuesSchema)}\n` };
}
