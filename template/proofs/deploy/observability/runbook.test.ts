import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../../..');

interface Rules {
  groups: { rules: { alert?: string; annotations?: { runbook_url?: string } }[] }[];
}

test('every alert has a section in the runbook, and every section has an alert', () => {
  const rules: Rules = parse(readFileSync(join(ROOT, 'charts/skiff/files/alerts.yaml'), 'utf8'));
  const chapters = globSync('docs/*.md', { cwd: ROOT }).flatMap((document) => {
    const text = readFileSync(join(ROOT, document), 'utf8');
    const chapter = text.startsWith('# Alerts\n')
      ? text
      : text.split(/^## /m).find((each) => each.startsWith('Alerts\n'));
    return [...(chapter ?? '').matchAll(/^##+ (\S+)$/gm)].map(([, heading = '']) => ({ document, heading }));
  });
  const alerts = rules.groups.flatMap((group) => group.rules).filter(({ alert }) => alert !== undefined);
  expect(chapters.map(({ heading }) => heading).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  for (const { alert = '', annotations } of alerts) {
    const document = chapters.find(({ heading }) => heading === alert)?.document;
    expect(annotations?.runbook_url?.endsWith(`/${document}#${alert.toLowerCase()}`), alert).toBe(true);
  }
});
