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
const UPGRADE: Trigger = { ...SCHEDULE, TEMPLATE_URL: 'https://git.test/template.git' };

const CHECKED = [
  ...['build', 'chart', 'consul', 'container', 'dependencies', 'infrastructure', 'load', 'secrets'],
  ...['lint: [24]', 'lint: [26]', 'test: [24]', 'test: [26]'],
];
const PUBLISHED = [...CHECKED, 'container-scan', 'container-sign', 'container-test'];

describe('the jobs of a pipeline', () => {
  test.each([
    ['a merge request is checked, and nothing is published', MERGE_REQUEST, CHECKED],
    ['main is published and deployed to staging', MAIN, [...PUBLISHED, 'deploy-staging']],
    ['a tag is released', TAG, [...PUBLISHED, 'chart-push', 'chart-sign', 'deploy-production', 'release']],
    [
      'a pre-release is published but neither released nor deployed',
      PRE_RELEASE,
      [...PUBLISHED, 'chart-push', 'chart-sign'],
    ],
    [
      'a schedule runs the load tests and the long ones, and checks dependencies and secrets',
      SCHEDULE,
      ['consul', 'dependencies', 'load', 'long', 'secrets'],
    ],
    ['a schedule with the address of the template only upgrades', UPGRADE, ['upgrade']],
  ])('%s', (_, trigger, names) => {
    const found = jobsOf(trigger).map(({ name }) => name);
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  test.each([
    ['a branch: its merge request has the pipeline', { ...MAIN, CI_COMMIT_BRANCH: 'feature' }],
    ['a tag that is not a version', { ...TAG, CI_COMMIT_TAG: 'backup' }],
    ['a version that is not valid as an image tag', { ...TAG, CI_COMMIT_TAG: 'v1.0.0+build.5' }],
  ])('no job runs for %s', (_, trigger) => {
    expect(gitlabCiLocal(trigger, ['--list']).stdout).not.toContain('build');
  });

  test.each([
    ['merge request', MERGE_REQUEST],
    ['main', MAIN],
    ['tag', TAG],
    ['pre-release', PRE_RELEASE],
    ['schedule', SCHEDULE],
    ['upgrade', UPGRADE],
  ])('every job that another one needs is in the same pipeline: %s', (_, trigger) => {
    const { status, stdout, stderr } = gitlabCiLocal(trigger, ['--validate-dependency-chain']);
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('All job dependencies are valid')]);
  });

  test('only the deployment to production is manual', () => {
    const manual = [MAIN, TAG, PRE_RELEASE].flatMap(jobsOf).filter(({ when }) => when === 'manual');
    expect(manual.map(({ name }) => name)).toEqual(['deploy-production']);
  });
});

describe('the definition', () => {
  const { status, stdout } = gitlabCiLocal(MAIN, ['--preview']);
  const pipeline: Record<string, Record<string, unknown>> = parse(stdout);
  const jobs = Object.entries(pipeline).filter(([, job]) => 'script' in job);

  test("it conforms to GitLab's schema", () => {
    expect(status).toBe(0);
    expect(jobs.length).toBeGreaterThan(15);
  });

  test('each environment has one deployment at a time, and a newer pipeline does not cancel it', () => {
    const deployments = jobs.filter(([, job]) => job.environment !== undefined);
    expect(deployments.map(([name]) => name)).toEqual(['deploy-staging', 'deploy-production']);
    for (const [, job] of deployments) {
      expect(job).toMatchObject({ resource_group: expect.any(String), interruptible: false });
    }
  });

  test('no image is pulled by a moving tag', () => {
    const images = jobs.map(([, { image }]) => (typeof image === 'object' ? (image as { name: string }).name : image));
    for (const image of images.filter((name) => name !== undefined)) expect(image).toMatch(/:(\$NODE|v?\d+)[^:]*$/);
  });

  test.each(['load', 'long'])('the job %s has the servers that its tests start', (name) => {
    expect(pipeline[name]).toMatchObject({
      needs: [expect.objectContaining({ job: 'consul' })],
      variables: { CONSUL_BIN: '$CI_PROJECT_DIR/.cache/bin/consul' },
      script: expect.arrayContaining([expect.stringMatching(/^apt-get .* postgresql$/)]),
    });
  });

  test('nothing is published as latest', () => {
    expect(read('.gitlab-ci.yml').replaceAll(/#.*/g, '')).not.toMatch(/:latest\b/);
  });
});

test('the jobs build, lint and test succeed', { timeout: 600_000 }, () => {
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

describe('the steps', () => {
  const GITLAB = stepsIn('.gitlab-ci.yml');

  test('are the same in both pipelines', () => {
    expect(GITLAB.length).toBeGreaterThan(10);
    expect(stepsIn('.github/workflows/ci.yml', '.github/workflows/upgrade.yml')).toEqual(GITLAB);
  });

  test.each(GITLAB)('%s exists', (step) => {
    const [command = '', name = ''] = step.split(' ');
    const { scripts } = JSON.parse(read('package.json'));
    if (command === 'npm') expect(scripts).toHaveProperty([name]);
    else expect(read(command)).toContain(`\n  ${name}) #`);
  });
});

/** Returns the npm scripts and the steps of scripts/ci.sh that the files of a pipeline run, without duplicates. */
function stepsIn(...files: string[]): string[] {
  const text = files
    .map(read)
    .join('\n')
    .replaceAll(/^ *#.*/gm, '');
  const scripts = [...text.matchAll(/\bnpm (?:run )?([a-z:]+)/g)].map(([, name]) => `npm ${name}`);
  // Where a step runs in a container, the image is named between the script and the step.
  const steps = [...text.matchAll(/\bscripts\/ci\.sh(?:\s+\S+:\S+)? ([a-z-]+)/g)].map(
    ([, name]) => `scripts/ci.sh ${name}`,
  );
  return [...new Set([...scripts, ...steps])].sort();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
