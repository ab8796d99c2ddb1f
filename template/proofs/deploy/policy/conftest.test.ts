import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../../../../test/deploy/helm.ts';
import { onPath } from '../../../../test/support/on-path.ts';
import { badManifests } from './bad-manifests.ts';
import { RENDERS, renderYaml } from './renders.ts';

const POLICY = join(ROOT, 'deploy/policy/conftest');
const bad = badManifests('bad');
const badTogether = badManifests('bad-together');

interface Outcome {
  successes: number;
  /** Messages, which start with the name of their rule. */
  violations: string[];
}

const NAMESPACES = { one: ['--namespace', 'main'], together: ['--combine', '--namespace', 'together'] };

/** Checks a file with conftest. Rejects if conftest fails to run. */
function check(path: string, kind: keyof typeof NAMESPACES): Promise<Outcome> {
  const args = ['test', '--output', 'json', '--policy', POLICY, ...NAMESPACES[kind], path];
  return new Promise((resolve, reject) => {
    execFile('conftest', args, (error, stdout, stderr) => {
      // conftest exits with 1 if there are violations, and prints them.
      if (stdout.trim() === '') return reject(new Error(stderr || error?.message));
      const results: { successes: number; failures?: { msg: string }[] }[] = JSON.parse(stdout);
      resolve({
        successes: results.reduce((sum, { successes }) => sum + successes, 0),
        violations: results.flatMap(({ failures = [] }) => failures.map(({ msg }) => msg)),
      });
    });
  });
}

const rulesOf = ({ violations }: Outcome) => [...new Set(violations.map((message) => message.split(':')[0]))];

/** Returns the rules of a package, from the messages in its source. */
function rulesIn(packageName: string): string[] {
  const sources = readdirSync(POLICY).map((name) => readFileSync(join(POLICY, name), 'utf8'));
  const own = sources.filter((source) => source.includes(`\npackage ${packageName}\n`)).join('\n');
  return [...new Set([...own.matchAll(/msg := (?:sprintf\()?"([a-z-]+):/g)].map(([, rule = '']) => rule))].toSorted();
}

const describeWithConftest = onPath('conftest') === undefined ? describe.skip : describe;

describeWithConftest('conftest [must be on the PATH: template/ci/install-linters.sh]', () => {
  test.each(RENDERS)('accepts the objects of %s', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'policy-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'render.yaml');
    writeFileSync(path, await renderYaml(name));
    for (const kind of ['one', 'together'] as const) {
      const { violations, successes } = await check(path, kind);
      expect(violations).toEqual([]);
      expect(successes).toBeGreaterThan(0);
    }
  });

  test.each(bad)('rejects the object that breaks $rule, by that rule only', async ({ rule, path }) => {
    expect(rulesOf(await check(path, 'one'))).toEqual([rule]);
  });

  test.each(badTogether)('rejects the objects that together break $rule, by that rule only', async ({ rule, path }) => {
    expect(rulesOf(await check(path, 'together'))).toEqual([rule]);
    expect(rulesOf(await check(path, 'one'))).toEqual([]);
  });

  test('has a bad manifest for each of its rules', () => {
    expect(bad.map(({ rule }) => rule).toSorted()).toEqual(rulesIn('main'));
    expect(badTogether.map(({ rule }) => rule).toSorted()).toEqual(rulesIn('together'));
  });
});
