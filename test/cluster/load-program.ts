/**
 * Asks URLs until it is told to stop, and counts what it was answered. Runs in the cluster, in the service's own image,
 * as one file: `node load-program.ts --concurrency 8 --pause 20 <url>...`. On SIGTERM it prints a last line, JSON, and
 * exits 0. Half of its workers keep their connections, as other services do; half open one for each request. It retries
 * nothing: whatever is not answered with a status below 400 has failed.
 */
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

/** Longer than any answer takes, shorter than a person waits. */
const ANSWER_LIMIT_MS = 10_000;
const REPORT_EVERY_MS = 2_000;

const { values, positionals: urls } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '8' },
    /** Milliseconds between an answer and the next request of a worker. */
    pause: { type: 'string', default: '20' },
  },
});
if (urls.length === 0) throw new Error('which URL?');

const counts = { requests: 0, failed: 0, slowestMs: 0, reasons: {} as Record<string, number> };
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

const report = setInterval(() => process.stdout.write(`${JSON.stringify(counts)}\n`), REPORT_EVERY_MS);
const workers = Array.from({ length: Number(values.concurrency) }, (_, index) => work(index));
await Promise.all(workers);
clearInterval(report);
process.stdout.write(`${JSON.stringify(counts)}\n`);

async function work(index: number): Promise<void> {
  const agent = index % 2 === 0 ? new Agent({ keepAlive: true, maxSockets: 1 }) : new Agent({ keepAlive: false });
  for (let turn = index; !stop.signal.aborted; turn += 1) {
    const begun = performance.now();
    const answer = await ask(urls[turn % urls.length] ?? '', agent);
    counts.requests += 1;
    counts.slowestMs = Math.max(counts.slowestMs, Math.round(performance.now() - begun));
    if (typeof answer !== 'number' || answer >= 400) {
      counts.failed += 1;
      counts.reasons[answer] = (counts.reasons[answer] ?? 0) + 1;
    }
    await delay(Number(values.pause));
  }
  agent.destroy();
}

/** The status of the answer once it is whole, or why there was none. */
function ask(url: string, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const request = get(url, { agent, timeout: ANSWER_LIMIT_MS }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 'no status'));
      response.on('error', (error) => resolve(`broke off: ${codeOf(error)}`));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', (error) => resolve(codeOf(error)));
  });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
