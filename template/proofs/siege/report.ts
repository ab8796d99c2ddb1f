import type { LedgerSummary } from './ledger.ts';
import type { SiegeResult } from './siege.ts';

/** Returns the reasons why the siege failed; empty if the service withstood it. */
export function failuresOf(result: SiegeResult, maxResidentMiB: number): string[] {
  const { honest, liveness, readiness, diedAfterSeconds, exit } = result;
  const failures: string[] = [];
  if (diedAfterSeconds !== undefined) failures.push(`the process ended after ${diedAfterSeconds} s`);
  else if (exit.code !== 0) failures.push(`SIGTERM: exit code ${exit.code}, signal ${exit.signal}`);
  if (exit.kernelKills > 0) failures.push('the OOM killer killed the process');
  if (result.maxResidentMiB > maxResidentMiB) {
    failures.push(`RSS of ${result.maxResidentMiB} MiB exceeded ${maxResidentMiB} MiB`);
  }
  for (const [name, { lost, requests }] of Object.entries({ honest, liveness, readiness })) {
    if (lost > 0) failures.push(`${name}: ${lost} of ${requests} requests lost`);
    if (requests === 0) failures.push(`${name}: no request was sent`);
  }
  if (!result.attackedToTheEnd) failures.push("the attackers' process exited early");
  for (const [name, tally] of Object.entries(result.attackers)) {
    const ended = Object.keys(tally).find((outcome) => outcome.startsWith('attack ended'));
    if (ended !== undefined) failures.push(`${name}: ${ended}`);
  }
  return failures;
}

export function tableOf(result: SiegeResult): string {
  const { honest, liveness, readiness, attackers, exit } = result;
  const rows = [
    '| client | requests | served | lost | rejected | p50 | p99 | max | longest outage |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...Object.entries({ honest, liveness, readiness }).map(([name, summary]) => rowOf(name, summary)),
    '',
    '| attack | cases | outcomes | wrong responses |',
    '| --- | --- | --- | --- |',
    ...Object.entries(attackers).map(([name, tally]) => attackRowOf(name, tally)),
    '',
    `maximum RSS ${result.maxResidentMiB} MiB${result.limited ? ' in a control group of 256 MiB' : ''}, seed ${result.seed}, load average ${result.loadAverage}`,
    `exit: code ${exit.code}, signal ${exit.signal}, ${Math.round(exit.tookMs)} ms after SIGTERM${exit.stderr && `; ${exit.stderr}`}`,
    `error lines: ${countsOf(result.errors)}`,
  ];
  return rows.join('\n');
}

function attackRowOf(name: string, tally: Record<string, number>): string {
  const [faults, outcomes] = [true, false].map((isFault) =>
    Object.fromEntries(Object.entries(tally).filter(([outcome]) => outcome.startsWith('fault: ') === isFault)),
  );
  const cases = Object.values(outcomes ?? {}).reduce((sum, count) => sum + count, 0);
  return `| ${name} | ${cases} | ${countsOf(outcomes ?? {})} | ${countsOf(faults ?? {})} |`;
}

function rowOf(name: string, summary: LedgerSummary): string {
  const { requests, served, lost, rejected, p50Ms, p99Ms, maxMs, longestOutageMs } = summary;
  const ms = [p50Ms, p99Ms, maxMs, longestOutageMs].map((time) => `${time} ms`).join(' | ');
  return `| ${name} | ${requests} | ${served} | ${lost} ${lost > 0 ? `(${countsOf(summary.reasons)})` : ''} | ${countsOf(rejected)} | ${ms} |`;
}

const SHOWN = 12;

function countsOf(counts: Record<string, number>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, SHOWN).map(([name, count]) => `${name.slice(0, 160)}: ${count}`);
  if (sorted.length > SHOWN) shown.push(`and ${sorted.length - SHOWN} more`);
  return shown.join(', ') || 'none';
}
