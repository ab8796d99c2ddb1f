import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { gitlabCiLocal, jobsOf, type Trigger } from './gitlab.ts';

const ROOT = join(import.meta.dirname, '../../..');

const MERGE_REQUEST: Trigger = { CI_PIPELINE_SOURCE: 'merge_request_event', CI_COMMIT_BRANCH: undefined };
const MAIN: Trigger = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main' };
const TAG: Trigger = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: undefined, CI_COMMIT_TAG: 'v1.2.3' };
const PRE_RELEASE: Trigger = { ...TAG, CI_COMMIT_TAG: 'v1.0.0-rc.1' };
const SCHEDULE: Trigger = { CI_PIPELINE_SOURCE: 'schedule', CI_COMMIT_BRANCH: 'main' };

const CHECKED = [
  ...['build', 'chart', 'chart-test', 'consul', 'container', 'dependencies', 'infrastructure', 'secrets'],
  ...['lint: [24]', 'lint: [26]', 'test: [24]', 'test: [26]'],
];
const PUBLISHED = [...CHECKED, 'container-scan', 'container-sign', 'container-test'];

describe('which jobs run', () => {
  test.each([
    ['a merge request is checked, and nothing is published', MERGE_REQUEST, CHECKED],
    ['main is published and deployed to staging', MAIN, [...PUBLISHED, 'deploy-staging']],
    ['a tag is released', TAG, [...PUBLISHED, 'chart-push', 'deploy-production', 'release', 'version']],
    [
      'a pre-release is published, and neither released nor deployed',
      PRE_RELEASE,
      [...PUBLISHED, 'chart-push', 'version'],
    ],
    ['a schedule looks long and at the dependencies', SCHEDULE, ['consul', 'dependencies', 'long', 'secrets']],
  ])('%s', (_, trigger, names) => {
    const found = jobsOf(trigger).map(({ name }) => name);
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  test.each([
    ['a branch, whose merge request has a pipeline already', { ...MAIN, CI_COMMIT_BRANCH: 'feature' }],
    ['a tag that is no version', { ...TAG, CI_COMMIT_TAG: 'backup' }],
    ['a version that no image can be tagged with', { ...TAG, CI_COMMIT_TAG: 'v1.0.0+build.5' }],
  ])('none for %s', (_, trigger) => {
    expect(gitlabCiLocal(trigger, ['--list']).stdout).not.toContain('build');
  });

  test.each([
    ['merge request', MERGE_REQUEST],
    ['main', MAIN],
    ['tag', TAG],
    ['pre-release', PRE_RELEASE],
    ['schedule', SCHEDULE],
  ])('every job that another needs is there too: %s', (_, trigger) => {
    const { status, stdout, stderr } = gitlabCiLocal(trigger, ['--validate-dependency-chain']);
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('All job dependencies are valid')]);
  });

  test('production alone waits for a person', () => {
    const manual = [MAIN, TAG, PRE_RELEASE].flatMap(jobsOf).filter(({ when }) => when === 'manual');
    expect(manual.map(({ name }) => name)).toEqual(['deploy-production']);
  });
});

describe('what GitLab and its runners need', () => {
  const { status, stdout } = gitlabCiLocal(MAIN, ['--preview']);
  const pipeline: Record<string, Record<string, unknown>> = parse(stdout);
  const jobs = Object.entries(pipeline).filter(([, job]) => 'script' in job);

  test('the file fits the schema of GitLab', () => {
    expect(status).toBe(0);
    expect(jobs.length).toBeGreaterThan(15);
  });

  test('one deployment at a time for each environment, never cut off by a newer pipeline', () => {
    const deployments = jobs.filter(([, job]) => job.environment !== undefined);
    expect(deployments.map(([name]) => name)).toEqual(['deploy-staging', 'deploy-production']);
    for (const [, job] of deployments) {
      expect(job).toMatchObject({ resource_group: expect.any(String), interruptible: false });
    }
  });

  test('nothing is pulled by a tag that moves to whatever is new', () => {
    const images = jobs.map(([, { image }]) => (typeof image === 'object' ? (image as { name: string }).name : image));
    for (const image of images.filter((name) => name !== undefined)) expect(image).toMatch(/:(\$NODE|v?\d+)[^:]*$/);
  });

  test.each(['.gitlab-ci.yml', '.github/workflows/ci.yml'])('%s runs scripts that exist', (file) => {
    const { scripts } = JSON.parse(read('package.json'));
    const used = [...read(file).matchAll(/npm (?:run (?:--silent )?)?([a-z:]+)/g)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'ci');
    expect(used.length).toBeGreaterThan(5);
    for (const name of used) expect(scripts).toHaveProperty([name]);
    const files = [...read(file).matchAll(/(?<=- (?:run: )?)(?:\.ci|scripts)\/[\w./-]+/g)].map(([path]) => path);
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

test('the jobs build, lint and test run', { timeout: 600_000 }, () => {
  const { status, stdout, stderr } = gitlabCiLocal({ ...MERGE_REQUEST, TEST_PATHS: 'pkg/health pkg/lifecycle' }, [
    ...['--force-shell-executor', '--shell-isolation', '--concurrency', '1', '--no-color'],
    ...['build', 'lint: [26]', 'test: [26]'],
  ]);
  const output = stdout + stderr;
  expect([status, output]).toEqual([0, expect.stringMatching(/test: \[26\].*PASS|PASS.*test: \[26\]/s)]);
  expect(output).toMatch(/\d+(\.\d+)?%/);
  const artifacts = join(ROOT, '.cache/gitlab-ci-local/artifacts');
  expect(existsSync(join(artifacts, 'build/dist/cmd/server/main.js'))).toBe(true);
});

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
