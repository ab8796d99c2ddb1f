/** What a probe is answered: `text/plain`, whatever the status. */
export interface ProbeAnswer {
  status: 200 | 404 | 503;
  body: string;
}

export type ProbeName = 'healthz' | 'readyz' | 'startupz';

/** The outcome of one check, as a line of the list; `reason` says why it failed or was skipped. */
export type Finding = { name: string; informational: boolean } & (
  | { outcome: 'passed' | 'excluded' }
  | { outcome: 'failed' | 'skipped'; reason: string }
);

/**
 * Writes findings as the Kubernetes API server writes those of its own `/readyz`: `ok`, or with `verbose` and on every
 * failure a line for each check and a last one with the verdict. `unknown` are names that were to be excluded and are
 * no check. Two differences: a failure is 503, and reasons are not withheld (this is for the admin listener).
 */
export function report(
  probe: ProbeName,
  findings: readonly Finding[],
  { verbose, unknown }: { verbose: boolean; unknown: readonly string[] },
): ProbeAnswer {
  const failed = findings.some((finding) => finding.outcome === 'failed' && !finding.informational);
  if (!failed && !verbose) return { status: 200, body: 'ok' };
  const lines = findings.map(lineOf);
  if (unknown.length > 0) {
    const names = unknown.map((name) => JSON.stringify(name)).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  lines.push(`${probe} check ${failed ? 'failed' : 'passed'}`);
  return { status: failed ? 503 : 200, body: `${lines.join('\n')}\n` };
}

/** The answer for `/readyz/<name>`: the check's own result, also that of an informational one. */
export function reportOne(finding: Finding): ProbeAnswer {
  if (finding.outcome !== 'failed') return { status: 200, body: 'ok' };
  return { status: 503, body: `${lineOf(finding)}\n` };
}

/** The same verdict without names or reasons, for the public listener: names of dependencies are nobody else's business. */
export function bareAnswer(answer: ProbeAnswer): ProbeAnswer {
  const words = { 200: 'ok', 404: 'not found', 503: 'not ok' } as const;
  return { status: answer.status, body: words[answer.status] };
}

function lineOf(finding: Finding): string {
  const { name, informational } = finding;
  switch (finding.outcome) {
    case 'passed':
      return `[+]${name} ok${informational ? ' (informational)' : ''}`;
    case 'failed':
      return `[-]${name} failed: ${finding.reason}${informational ? ' (informational, ignored)' : ''}`;
    case 'excluded':
      return `[+]${name} excluded: ok`;
    case 'skipped':
      return `[+]${name} skipped: ${finding.reason}`;
  }
}
