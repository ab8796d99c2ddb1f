import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

interface Rules {
  groups: { rules: { alert?: string; annotations?: { runbook_url?: string } }[] }[];
}

test('every alert has its chapter in the runbook, and every chapter its alert', () => {
  const rules: Rules = parse(readFileSync(join(ROOT, 'deploy/observability/alerts.yaml'), 'utf8'));
  const runbook = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const chapter = runbook.slice(runbook.indexOf('\n## Alerts'), runbook.indexOf('\n## Log lines'));
  const headings = [...chapter.matchAll(/^### (\S+)$/gm)].map(([, heading]) => heading);
  const alerts = rules.groups.flatMap((group) => group.rules).filter(({ alert }) => alert !== undefined);
  expect(headings.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  for (const { alert = '', annotations } of alerts) {
    expect(annotations?.runbook_url).toMatch(new RegExp(`docs/operations\\.md#${alert.toLowerCase()}$`));
  }
});
