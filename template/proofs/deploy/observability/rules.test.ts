import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeWithPrometheus, promtool } from './prometheus.ts';
import { CHART_FILES, readRules } from './sources.ts';

const alerts = readRules().filter(({ alert }) => alert !== undefined);
const FOLDER = join(import.meta.dirname, 'rules');
const TESTS = globSync('*.test.yaml', { cwd: FOLDER });
const DOCUMENTS = 'https://git.example.com/skiff/-/blob/main/docs/';

interface AlertTest {
  alertname: string;
  exp_alerts: unknown[];
}

test('every alert has a severity, a summary, a description and a link to the runbook', () => {
  for (const { alert = '', labels, annotations } of alerts) {
    expect(labels?.severity, alert).toMatch(/^(critical|warning)$/);
    expect(annotations, alert).toEqual({
      summary: expect.any(String),
      description: expect.any(String),
      runbook_url: expect.stringMatching(new RegExp(`^${RegExp.escape(DOCUMENTS)}.*#${alert.toLowerCase()}$`)),
    });
  }
});

test('every alert has a test in which it fires and one in which it does not', () => {
  const files: { tests: { alert_rule_test: AlertTest[] }[] }[] = TESTS.map((name) =>
    parse(readFileSync(join(FOLDER, name), 'utf8')),
  );
  const cases = files.flatMap(({ tests }) => tests.flatMap(({ alert_rule_test }) => alert_rule_test));
  const names = (some: AlertTest[]) => [...new Set(some.map(({ alertname }) => alertname))].toSorted();
  const all = alerts.map(({ alert }) => alert ?? '').toSorted();
  expect(names(cases.filter(({ exp_alerts }) => exp_alerts.length > 0))).toEqual(all);
  expect(names(cases.filter(({ exp_alerts }) => exp_alerts.length === 0))).toEqual(all);
});

describeWithPrometheus('promtool', () => {
  const run = async (command: string, file: string) =>
    (await promisify(execFile)(promtool ?? '', [command, 'rules', file], { cwd: FOLDER })).stdout;

  test('reports no problem in the rules', async () => {
    expect(await run('check', join(CHART_FILES, 'alerts.yaml'))).toContain('SUCCESS');
  });

  test.each(TESTS)('passes the rule tests in %s', { timeout: 90_000 }, async (file) => {
    expect(await run('test', file)).toContain('SUCCESS');
  });
});
