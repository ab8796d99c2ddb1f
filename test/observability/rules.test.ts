import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeWithPrometheus, promtool } from './prometheus.ts';
import { FOLDER, readRules, readText } from './sources.ts';

const alerts = readRules().filter(({ alert }) => alert !== undefined);
const TESTS = ['alerts.test.yaml', 'objectives.test.yaml'];
const RUNBOOK = 'https://git.example.com/skiff/-/blob/main/docs/operations.md#';

interface AlertTest {
  alertname: string;
  exp_alerts: unknown[];
}

test('every alert says how bad it is, what is wrong and where it is explained', () => {
  const operations = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  const section = operations.split(/^## /m).find((each) => each.startsWith('Alerts\n')) ?? '';
  const headings = [...section.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(alerts.map(({ alert }) => alert));
  for (const { alert = '', labels, annotations } of alerts) {
    expect(labels?.severity, alert).toMatch(/^(critical|warning)$/);
    expect(annotations, alert).toEqual({
      summary: expect.any(String),
      description: expect.any(String),
      runbook_url: `${RUNBOOK}${alert.toLowerCase()}`,
    });
  }
});

test('every alert has a case in which it fires and one in which it does not', () => {
  const files: { tests: { alert_rule_test: AlertTest[] }[] }[] = TESTS.map((name) => parse(readText(name)));
  const cases = files.flatMap(({ tests }) => tests.flatMap(({ alert_rule_test }) => alert_rule_test));
  const names = (some: AlertTest[]) => [...new Set(some.map(({ alertname }) => alertname))].toSorted();
  const all = alerts.map(({ alert }) => alert ?? '').toSorted();
  expect(names(cases.filter(({ exp_alerts }) => exp_alerts.length > 0))).toEqual(all);
  expect(names(cases.filter(({ exp_alerts }) => exp_alerts.length === 0))).toEqual(all);
});

describeWithPrometheus('promtool', () => {
  const run = async (command: string, file: string) =>
    (await promisify(execFile)(promtool ?? '', [command, 'rules', file], { cwd: FOLDER })).stdout;

  test('finds nothing wrong with the rules', async () => {
    expect(await run('check', 'alerts.yaml')).toContain('SUCCESS');
  });

  test.each(TESTS)('sees what %s expects', { timeout: 90_000 }, async (file) => {
    expect(await run('test', file)).toContain('SUCCESS');
  });
});
