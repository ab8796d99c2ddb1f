import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { startsForTag, workflowProblems } from './workflow.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FILES = globSync('.github/workflows/*.{yml,yaml}', { cwd: ROOT });
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const CI = read('.github/workflows/ci.yml');

test.each(FILES)('%s pins every action to a commit and grants no write permission to pull requests', (file) => {
  expect(workflowProblems(read(file))).toEqual([]);
});

const PIN = /actions\/setup-node@[0-9a-f]{40} # v[\d.]+/;

test.each([
  ['an action by tag', PIN, 'actions/setup-node@v6', 'actions/setup-node@v6: not pinned'],
  ['an action by a short commit', PIN, 'actions/setup-node@48b55a0 # v6.4.0', 'not pinned'],
  ['a pinned commit without its version', PIN, `actions/setup-node@${'a'.repeat(40)}`, 'not pinned'],
  [
    'write permissions for all jobs',
    /^permissions:\n {2}contents: read/m,
    'permissions: write-all',
    'can write by default',
  ],
  ['no permissions stated', /^permissions:\n {2}contents: read/m, '', 'can write by default'],
  ['a publishing job for pull requests', "if: github.event_name == 'push'", 'if: always()', 'publish: can write'],
  ['an id-token for every job', /(?<=check:\n)/, '    permissions: { id-token: write }\n', 'check: can write'],
  ['pull_request_target', 'pull_request:', 'pull_request_target:', 'on: pull_request_target'],
  ['a persisted token', 'persist-credentials: false', 'persist-credentials: true', 'exposes the token'],
  ['a script that contains untrusted input', 'run: npm test', 'run: echo $\u007b{ github.head_ref }}', 'an expression'],
] as const)('%s is detected', (_what, what, by, problem) => {
  const changed = CI.replace(what, by);
  expect(changed).not.toBe(CI);
  expect(workflowProblems(changed).join('\n')).toContain(problem);
});

test.each([
  ['v1.2.3', true],
  ['v1.0.0-rc.1', true],
  ['backup', false],
  ['v1.2', false],
  ['v1.0.0+build.5', false],
])('the tag %s starts a pipeline: %s', (tag, starts) => {
  expect(startsForTag(CI, tag)).toBe(starts);
});

test('production waits for its environment, and a pre-release is neither deployed nor released', () => {
  const { deploy, release } = parse(CI).jobs;
  expect(deploy.environment).toContain("'production' || 'staging'");
  for (const job of [deploy, release])
    expect(job.if).toMatch(/^github\.event_name == 'push' && .*!contains\(github\.ref_name, '-'\)$/);
});

test('nothing is published with the tag latest', () => {
  for (const file of FILES) expect(read(file).replaceAll(/#.*/g, '')).not.toMatch(/:latest\b/);
});
