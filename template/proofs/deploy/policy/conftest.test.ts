import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../../../../test/deploy/helm.ts';
import { onPath } from '../../../../test/support/on-path.ts';
import { badManifests } from './bad-manifests.ts';
import { OURS, ours } from './renders.ts';

const POLICY = join(ROOT, 'deploy/policy/conftest');
const bad = badManifests('bad');
const badTogether = badManifests('bad-together');

interface Outcome {
  successes: number;
  /** Messages, which begin with the name of their rule. */
  refusals: string[];
}

const NAMESPACES = { one: ['--namespace', 'main'], together: ['--combine', '--namespace', 'together'] };

/** What conftest has against a file. Rejects when it could not judge it. */
function judge(path: string, kind: keyof typeof NAMESPACES): Promise<Outcome> {
  const args = ['test', '--output', 'json', '--policy', POLICY, ...NAMESPACES[kind], path];
  return new Promise((resolve, reject) => {
    execFile('conftest', args, (error, stdout, stderr) => {
      // It exits 1 for refusals, and says them.
      if (stdout.trim() === '') return reject(new Error(stderr || error?.message));
      const results: { successes: number; failures?: { msg: string }[] }[] = JSON.parse(stdout);
      resolve({
        successes: results.reduce((sum, { successes }) => sum + successes, 0),
        refusals: results.flatMap(({ failures = [] }) => failures.map(({ msg }) => msg)),
      });
    });
  });
}

const rulesOf = ({ refusals }: Outcome) => [...new Set(refusals.map((message) => message.split(':')[0]))];

/** Every rule of the package, by the messages in its source. */
function rulesIn(packageName: string): string[] {
  const sources = readdirSync(POLICY).map((name) => readFileSync(join(POLICY, name), 'utf8'));
  const own = sources.filter((source) => source.includes(`\npackage ${packageName}\n`)).join('\n');
  return [...new Set([...own.matchAll(/msg := (?:sprintf\()?"([a-z-]+):/g)].map(([, rule = '']) => rule))].toSorted();
}

const describeWithConftest = onPath('conftest') === undefined ? describe.skip : describe;

describeWithConftest('conftest [needs it on the PATH: template/ci/install-linters.sh]', () => {
  test.each(OURS)('has nothing against what we give to a cluster: %s', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'policy-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'render.yaml');
    writeFileSync(path, await ours(name));
    for (const kind of ['one', 'together'] as const) {
      const { refusals, successes } = await judge(path, kind);
      expect(refusals).toEqual([]);
      expect(successes).toBeGreaterThan(0);
    }
  });

  test.each(bad)('refuses what breaks $rule, for that and nothing else', async ({ rule, path }) => {
    expect(rulesOf(await judge(path, 'one'))).toEqual([rule]);
  });

  test.each(badTogether)('refuses what together breaks $rule, for that and nothing else', async ({ rule, path }) => {
    expect(rulesOf(await judge(path, 'together'))).toEqual([rule]);
    expect(rulesOf(await judge(path, 'one'))).toEqual([]);
  });

  test('has a bad manifest for each of its rules', () => {
    expect(bad.map(({ rule }) => rule).toSorted()).toEqual(rulesIn('main'));
    expect(badTogether.map(({ rule }) => rule).toSorted()).toEqual(rulesIn('together'));
  });
});
