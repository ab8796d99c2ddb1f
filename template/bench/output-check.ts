import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OtlpSink } from './otlp-sink.ts';
import route from './route.json' with { type: 'json' };
import type { RowProcess } from './row-process.ts';
import type { Row } from './rows.ts';

/** A batch of spans goes out every 5 s by default, and a batch may just have gone. */
const SPAN_LIMIT_MS = 15_000;
const LINE_LIMIT_MS = 5_000;
/** How long to wait for a line that must not come. */
const SURPLUS_MS = 300;

const EXPECTED = JSON.stringify({ ...route.answer, node: process.version });

/** The series that counts the request, by program; its value follows. */
const SERIES: Partial<Record<Row['program'], RegExp>> = {
  service: /^http_requests_total\{[^}]*handler="\/version"[^}]*\} [1-9]/m,
  conventional: /^http_request_duration_seconds_count\{[^}]*route="\/version"[^}]*\} [1-9]/m,
};

/**
 * Sends one request to each of the very processes that are measured and looks at all that they make of it: the answer,
 * the log lines, the metrics and, at the receiver, the span. A row that is fast because it does less is found here.
 *
 * @throws Error naming the row and what is missing.
 */
export async function checkOutput(processes: readonly RowProcess[], sink: OtlpSink): Promise<void> {
  const traceIds = processes.map(() => randomBytes(16).toString('hex'));
  await sink.watch(traceIds);
  await Promise.all(processes.map((process, index) => checkOne(process, traceIds[index] ?? '', sink)));
  await sink.watch([]);
}

async function checkOne(process: RowProcess, traceId: string, sink: OtlpSink): Promise<void> {
  const { row, url, metricsUrl, log } = process;
  const fail = (what: string): never => {
    throw new Error(`${row.name} is not what it is measured as: ${what}`);
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
  if (response.status !== 200 || body !== EXPECTED) fail(`it answered ${response.status} ${body}`);

  await until(() => lines.length >= row.accessLines, LINE_LIMIT_MS);
  await delay(SURPLUS_MS);
  unfollow();
  if (lines.length !== row.accessLines) fail(`${lines.length} log lines instead of ${row.accessLines}: ${lines}`);
  if (row.sampleRatio !== undefined) {
    for (const line of lines) if (!hasTraceIds(line, traceId)) fail(`a log line without trace ids: ${line}`);
  }

  if (row.program === 'service' && response.headers.get('x-request-id') !== requestId) fail('no x-request-id');
  const series = SERIES[row.program];
  if (series && !series.test(await (await fetch(metricsUrl)).text())) fail(`no series ${series} in its metrics`);

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
