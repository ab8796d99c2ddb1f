/** The response to a probe: `text/plain` for every status. */
export interface ProbeResponse {
  status: 200 | 404 | 503;
  body: string;
}

export type ProbeName = 'healthz' | 'readyz' | 'startupz';

/** The outcome of one check. `reason` says why it failed or was skipped. */
export type Finding = { name: string; informational: boolean } & (
  | { outcome: 'passed' | 'excluded' }
  | { outcome: 'failed' | 'skipped'; reason: string }
);

/**
 * Formats findings like the Kubernetes API server's `/readyz`: `ok`, or with `verbose` and on every failure a line for
 * each check and a last line with the verdict. `unknown` lists excluded names that match no check. Differs in two ways:
 * a failure is 503 instead of 500, and reasons are included, since this is for the admin listener.
 */
export function report(
  probe: ProbeName,
  findings: readonly Finding[],
  { verbose, unknown }: { verbose: boolean; unknown: readonly string[] },
): ProbeResponse {
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

/** Formats the response of `/readyz/<name>`: the check's own result, even if it is informational. */
export function reportOne(finding: Finding): ProbeResponse {
  if (finding.outcome !== 'failed') return { status: 200, body: 'ok' };
  return { status: 503, body: `${lineOf(finding)}\n` };
}

/** Reduces a response to its verdict, for the public listener, which must not reveal the names of dependencies. */
export function bareResponse(response: ProbeResponse): ProbeResponse {
  const words = { 200: 'ok', 404: 'not found', 503: 'not ok' } as const;
  return { status: response.status, body: words[response.status] };
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
