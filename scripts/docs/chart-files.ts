/**
 * Copies the rules and the dashboard into the chart, because Helm reads nothing outside of it. With --check it writes
 * nothing, and exits 1 when a copy is stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const FILES = ['alerts.yaml', 'dashboard.json'];
const SOURCE = 'deploy/observability';
const COPY = 'charts/skiff/files';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = new URL('../../', import.meta.url);
if (!values.check) mkdirSync(new URL(COPY, root), { recursive: true });
for (const name of FILES) {
  const source = readFileSync(new URL(`${SOURCE}/${name}`, root), 'utf8');
  const copy = new URL(`${COPY}/${name}`, root);
  if (!values.check) {
    writeFileSync(copy, source);
  } else if (readFileSync(copy, 'utf8') !== source) {
    process.stderr.write(`${COPY}/${name} is not ${SOURCE}/${name}: run \`npm run docs\`\n`);
    process.exitCode = 1;
  }
}
