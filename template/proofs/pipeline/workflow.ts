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

/** The condition that keeps a job from what a pull request starts. */
const ON_PUSH = "github.event_name == 'push'";

/** Events that run with the rights of the repository on code that a stranger sent. */
const UNTRUSTED = ['pull_request_target', 'workflow_run', 'issue_comment'];

/** Returns what a workflow of GitHub Actions may not do, in words. */
export function workflowProblems(text: string): string[] {
  const { on, permissions, jobs }: Workflow = parse(text);
  return [
    ...UNTRUSTED.filter((event) => event in on).map(
      (event) => `on: ${event} runs the code of strangers with our rights`,
    ),
    ...(isReadOnly(permissions) ? [] : ['permissions: jobs may write unless they say otherwise']),
    ...Object.entries(jobs).flatMap(([name, job]) => jobProblems(name, job)),
    ...unpinned(text),
  ];
}

function jobProblems(name: string, job: Job): string[] {
  const problems: string[] = [];
  if (job.permissions !== undefined && !isReadOnly(job.permissions) && job.if !== ON_PUSH) {
    problems.push(`${name}: may write, and a pull request may start it`);
  }
  for (const { uses = '', run = '', with: inputs = {} } of job.steps ?? []) {
    // An expression is put into the script as text: whoever chooses its value writes the script.
    if (run.includes('${{')) problems.push(`${name}: an expression in a script`);
    if (uses.startsWith('actions/checkout@') && inputs['persist-credentials'] !== false) {
      problems.push(`${name}: leaves the token of the checkout to every step`);
    }
  }
  return problems;
}

/** By text, for the comment that says the version is none for the parser. */
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

/** Whether a pattern of GitHub's filters for tags lets a tag through: `*` is all but a slash, `+` repeats. */
export function startsForTag(text: string, tag: string): boolean {
  const { on }: Workflow = parse(text);
  return (on.push?.tags ?? []).some((pattern) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(tag),
  );
}
