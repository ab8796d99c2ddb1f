/**
 * Writes docs/configuration.md from the configuration's schema. With --check it writes nothing, and exits 1 when the
 * file is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Integration } from '../../internal/app/integration.ts';
import { integrations } from '../../internal/app/integrations.ts';
import { ENV_PREFIX } from '../../internal/config/layers.ts';
import { schema } from '../../internal/config/schema.ts';
import { renderReference } from '../../pkg/config/reference.ts';

const NAME = 'docs/configuration.md';
const COMMAND = 'node scripts/docs/configuration-reference.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const file = new URL(`../../${NAME}`, import.meta.url);
const [kvStore] = Object.values<Integration>(integrations).flatMap(({ settings = [] }) => settings);
const expected = renderReference(schema, {
  prefix: ENV_PREFIX,
  command: COMMAND,
  ...(kvStore !== undefined && { kvStore }),
});

if (!values.check) {
  writeFileSync(file, expected);
} else {
  const found = readFileSync(file, 'utf8');
  if (found !== expected) {
    process.stderr.write(
      `${NAME} is stale: run \`${COMMAND}\`. It first differs at ${firstDifference(found, expected)}`,
    );
    process.exitCode = 1;
  }
}

function firstDifference(found: string, expected: string): string {
  const [is, should] = [found.split('\n'), expected.split('\n')];
  const at = should.findIndex((line, index) => line !== is[index]);
  const line = at === -1 ? should.length : at;
  return `line ${line + 1}:\n- ${is[line] ?? '(nothing)'}\n+ ${should[line] ?? '(nothing)'}\n`;
}
