import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OtlpSink } from './otlp-sink.ts';
import route from './route.json' with { type: 'json' };
import type { RowProcess } from './row-process.ts';
import type { Row } from './rows.ts';

/** Allows for the default batch period of 5 s, and for a batch that has just been sent. */
const SPAN_LIMIT_MS = 15_000;
const LINE_LIMIT_MS = 5_000;
/** How long to wait for log lines that must not appear. */
const SURPLUS_MS = 300;

const EXPECTED = JSON.stringify({ ...route.response, node: process.version });

/** Matches the series that counts the request, with a value of at least 1, by program. */
const SERIES: Partial<Record<Row['program'], RegExp>> = {
  service: /^http_requests_total\{[^}]*handler="\/version"[^}]*\} [1-9]/m,
  conventional: /^http_request_duration_seconds_count\{[^}]*route="\/version"[^}]*\} [1-9]/m,
  podinfo: /^http_request_duration_seconds_count\{[^}]*path="version"[^}]*\} [1-9]/m,
};

/**
 * Sends one request to each process that will be measured and checks everything it produces: the response, the log lines,
 * the metrics and, at the receiver, the span. This detects a row that is fast only because it does less.
 *
 * @throws Error that names the row and what is missing.
 */
export async function checkOutput(processes: readonly RowProcess[], sink: OtlpSink): Promise<void> {
  const traceIds = processes.map(() => randomBytes(16).toString('hex'));
  await sink.watch(traceIds);
  await Promise.all(processes.map((process, index) => checkOne(process, traceIds[index] ?? '', sink)));
  await sink.watch([]);
}

async function checkOne(process: RowProcess, traceId: string, sink: OtlpSink): Promise<void> {
  const { row, url, metricsUrl, log } = process;
  const fail = (problem: string): never => {
    throw new Error(`output check of ${row.name} failed: ${problem}`);
  };
  const requestId = `bench-${traceId}`;
  const lines: string[] = [];
  const unfollow = log.follow((line) => {
    if (line.includes(traceId)) lines.push(line);
  });
  const response = await fetch(url, {
    headers: { 'x-request-id': requestId, traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });
  const body = await response.text();
  // podinfo has a route with this path, too, whose body is shorter.
  const isExpected = row.program === 'podinfo' ? Object.hasOwn(JSON.parse(body), 'commit') : body === EXPECTED;
  if (response.status !== 200 || !isExpected) fail(`unexpected response ${response.status} ${body}`);

  await until(() => lines.length >= row.accessLines, LINE_LIMIT_MS);
  await delay(SURPLUS_MS);
  unfollow();
  if (lines.length !== row.accessLines) fail(`expected ${row.accessLines} log lines, got ${lines.length}: ${lines}`);
  if (row.sampleRatio !== undefined) {
    for (const line of lines) if (!hasTraceIds(line, traceId)) fail(`log line without trace ids: ${line}`);
  }

  if (row.program === 'service' && response.headers.get('x-request-id') !== requestId)
    fail('response without the x-request-id of the request');
  const series = SERIES[row.program];
  if (series && !series.test(await (await fetch(metricsUrl)).text())) fail(`no series matches ${series}`);

  if (row.sampleRatio !== undefined) {
    const arrived = await until(async () => (await sink.seen()).has(traceId), SPAN_LIMIT_MS);
    if (!arrived) fail('no span of a sampled request reached the receiver');
  }
}

function hasTraceIds(line: string, traceId: string): boolean {
  const { trace_id, span_id } = JSON.parse(line);
  return trace_id === traceId && /^[0-9a-f]{16}$/.test(span_id);
}

async function until(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const limit = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > limit) return false;
    await delay(50);
  }
  return true;
}
