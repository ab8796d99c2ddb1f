import { parse } from 'yaml';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  if?: string;
  permissions?: unknown;
  steps?: Step[];
  uses?: string;
}

interface Workflow {
  on: Record<string, { tags?: string[] } | null>;
  permissions?: unknown;
  jobs: Record<string, Job>;
}

/** The condition that excludes a job from pull requests. */
const ON_PUSH = "github.event_name == 'push'";

/** Events that run code from forks with the permissions of the repository. */
const UNTRUSTED = ['pull_request_target', 'workflow_run', 'issue_comment'];

/** Returns descriptions of the security problems of a GitHub Actions workflow. */
export function workflowProblems(text: string): string[] {
  const { on, permissions, jobs }: Workflow = parse(text);
  return [
    ...UNTRUSTED.filter((event) => event in on).map(
      (event) => `on: ${event} runs untrusted code with the permissions of the repository`,
    ),
    ...(isReadOnly(permissions) ? [] : ['permissions: jobs can write by default']),
    ...Object.entries(jobs).flatMap(([name, job]) => jobProblems(name, job, 'pull_request' in on)),
    ...unpinned(text),
  ];
}

function jobProblems(name: string, job: Job, isForPullRequests: boolean): string[] {
  const problems: string[] = [];
  if (isForPullRequests && job.permissions !== undefined && !isReadOnly(job.permissions) && !isOnPush(job)) {
    problems.push(`${name}: can write and may be started by a pull request`);
  }
  for (const { uses = '', run = '', with: inputs = {} } of job.steps ?? []) {
    // An expression is inserted into the script as text, so anyone who controls its value controls the script.
    if (run.includes('${{')) problems.push(`${name}: an expression in a script`);
    if (uses.startsWith('actions/checkout@') && inputs['persist-credentials'] !== false) {
      problems.push(`${name}: exposes the token of the checkout to every step`);
    }
  }
  return problems;
}

/** Other conditions may only restrict it further. */
function isOnPush({ if: condition = '' }: Job): boolean {
  return condition.split(' && ')[0] === ON_PUSH && !condition.includes('||');
}

/** Searches the text, because the parser drops the comment that contains the version. */
function unpinned(text: string): string[] {
  return [...text.matchAll(/\buses:\s*(?<action>\S+)(?<rest>.*)/g)]
    .filter(({ groups: { action = '', rest = '' } = {} }) => {
      const local = action.startsWith('./');
      return !local && !(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(action) && /^ # v\d+\.\d+\.\d+$/.test(rest));
    })
    .map(({ groups }) => `${groups?.action}: not pinned to a commit, with its version as a comment`);
}

function isReadOnly(permissions: unknown): boolean {
  if (typeof permissions !== 'object' || permissions === null) return false;
  return Object.values(permissions).every((right) => right === 'read' || right === 'none');
}

/** Returns whether a tag matches one of the workflow's tag filters: `*` matches anything but a slash, `+` repeats. */
export function startsForTag(text: string, tag: string): boolean {
  const { on }: Workflow = parse(text);
  return (on.push?.tags ?? []).some((pattern) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(tag),
  );
}
