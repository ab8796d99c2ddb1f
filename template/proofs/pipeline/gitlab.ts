import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const PREDEFINED = ['CI_PIPELINE_SOURCE', 'CI_COMMIT_BRANCH', 'CI_COMMIT_TAG', 'CI_DEFAULT_BRANCH'];

export interface Job {
  name: string;
  stage: string;
  when: string;
  needs?: { job: string }[];
}

/** The variables that GitLab sets for a kind of pipeline. `undefined`: not set. */
export type Trigger = Record<string, string | undefined>;

/** Runs gitlab-ci-local, which evaluates .gitlab-ci.yml as GitLab does: schema, `extends`, `rules` and `needs`. */
export function gitlabCiLocal(trigger: Trigger, args: readonly string[]) {
  const settings = Object.entries({ CI_DEFAULT_BRANCH: 'main', ...trigger }).flatMap(([name, value]) =>
    value === undefined ? ['--unset-variable', name] : ['--variable', `${name}=${value}`],
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/gitlab-ci-local/dist/index.js'),
      ...['--state-dir', '.cache/gitlab-ci-local', '--ignore-predefined-vars', PREDEFINED.join(',')],
      ...settings,
      ...args,
    ],
    { cwd: ROOT, encoding: 'utf8', env: environment(), maxBuffer: 64 * 1024 * 1024 },
  );
  return { status, stdout, stderr };
}

/** Returns the jobs of the pipeline that a trigger starts, manual ones included. */
export function jobsOf(trigger: Trigger): Job[] {
  const { status, stdout, stderr } = gitlabCiLocal(trigger, ['--list-json']);
  if (status !== 0) throw new Error(`gitlab-ci-local: ${stdout}${stderr}`);
  const jobs: Job[] = JSON.parse(stdout);
  return jobs.filter(({ when }) => when !== 'never');
}

/** Only variables that a runner also has: npm's own settings would reach the npm of the jobs. */
function environment(): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'LANG',
    'npm_config_cache',
    'npm_config_registry',
    'NODE_EXTRA_CA_CERTS',
    'CONSUL_BIN',
  ];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
