/**
 * Sends requests to URLs until it receives SIGTERM, and counts the responses. Runs in the cluster as a single file, in the
 * service's own image: `node load-program.ts --concurrency 8 --pause 20 --limit 10000 <url>...`. `PUT <url>` creates flags
 * whose keys start with the URL's last segment. On SIGTERM it prints the counts as a last line of JSON and exits with 0. Half
 * of its workers keep their connections, as other services do; the others open one for each request. It never retries: a
 * request without a complete response below status 400 has failed; the reason is the status with the code of the problem, as
 * `503 overloaded`, or what happened to the connection. A worker that receives `Retry-After` waits as long before its next
 * request.
 */
import { once } from 'node:events';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const REPORT_INTERVAL_MS = 2_000;
const DISCOVERY_INTERVAL_MS = 500;
const MAX_FAILURES = 1_000;

const { values, positionals: urls } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '8' },
    /** Milliseconds between a response and the worker's next request. */
    pause: { type: 'string', default: '20' },
    /** Milliseconds that a request may take. */
    limit: { type: 'string', default: '10000' },
    /** Milliseconds over which the starts of the workers are spread. */
    ramp: { type: 'string', default: '0' },
    /** Number of workers that keep their connections. Default: half of them. */
    kept: { type: 'string' },
    /** URL of a catalog, as [{ Service: { Address, Port } }], whose instances replace the host of the URLs. */
    discover: { type: 'string' },
  },
});
if (urls.length === 0) throw new Error('missing argument: URL');

const limitMs = Number(values.limit);
const concurrency = Number(values.concurrency);
const kept = values.kept === undefined ? concurrency / 2 : Number(values.kept);
const counts = {
  requests: 0,
  failed: 0,
  slowestMs: 0,
  failingMs: 0,
  reasons: {} as Record<string, number>,
  /** When the last failed requests started, in milliseconds since the Unix epoch. */
  failedAt: [] as number[],
};
const failures = { firstMs: Number.POSITIVE_INFINITY, lastMs: 0 };
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

const report = setInterval(() => process.stdout.write(`${JSON.stringify(counts)}\n`), REPORT_INTERVAL_MS);
const instances = values.discover === undefined ? undefined : await discovered(values.discover);
const workers = Array.from({ length: concurrency }, (_, index) => work(index));
await Promise.all(workers);
clearInterval(report);
process.stdout.write(`${JSON.stringify(counts)}\n`);

async function work(index: number): Promise<void> {
  const keepAlive = index < kept;
  const agents = {
    http: new HttpAgent({ keepAlive, maxSockets: 1 }),
    https: new HttpsAgent({ keepAlive, maxSockets: 1 }),
  };
  await delay((Number(values.ramp) * index) / concurrency, undefined, { signal: stop.signal }).catch(() => {});
  for (let turn = index; !stop.signal.aborted; turn += 1) {
    const startedAt = performance.now();
    const { failure, waitSeconds } = await send(targetOf(turn, `${index}-${turn}`), agents);
    counts.requests += 1;
    counts.slowestMs = Math.max(counts.slowestMs, Math.round(performance.now() - startedAt));
    if (failure !== undefined) {
      counts.failed += 1;
      counts.reasons[failure] = (counts.reasons[failure] ?? 0) + 1;
      failures.firstMs = Math.min(failures.firstMs, startedAt);
      failures.lastMs = Math.max(failures.lastMs, startedAt);
      counts.failingMs = Math.round(failures.lastMs - failures.firstMs);
      counts.failedAt.push(Math.round(performance.timeOrigin + startedAt));
      counts.failedAt.splice(0, counts.failedAt.length - MAX_FAILURES);
    }
    const pauseMs = Math.max(Number(values.pause), waitSeconds * 1_000);
    await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => {});
  }
  agents.http.destroy();
  agents.https.destroy();
}

interface Target {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
}

function targetOf(turn: number, suffix: string): Target {
  const [, put, address] = /^(PUT )?(.+)/.exec(urls[turn % urls.length] ?? '') ?? [];
  const url = new URL(address ?? '');
  if (instances !== undefined) url.host = instances()[turn % instances().length] ?? '';
  if (put === undefined) return { method: 'GET', url: url.href };
  url.pathname += `-${suffix}`;
  return { method: 'PUT', url: url.href };
}

/** Returns a function that returns the instances in a catalog, which is read every half second. */
async function discovered(query: string): Promise<() => readonly string[]> {
  const read = async (): Promise<string[]> => {
    const entries = (await (await fetch(query)).json()) as { Service: { Address: string; Port: number } }[];
    return entries.map(({ Service }) => `${Service.Address}:${Service.Port}`);
  };
  let current = await read();
  const refresh = async (): Promise<void> => {
    for (;;) {
      await delay(DISCOVERY_INTERVAL_MS, undefined, { signal: stop.signal });
      current = await read();
    }
  };
  refresh().catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  return () => current;
}

interface Result {
  /** Why the request failed, if it did. */
  readonly failure: string | undefined;
  /** `Retry-After` of the response, in seconds. 0: none. */
  readonly waitSeconds: number;
}

function send({ method, url }: Target, agents: { http: HttpAgent; https: HttpsAgent }): Promise<Result> {
  const secure = url.startsWith('https:');
  const headers = method === 'PUT' ? { 'content-type': 'application/json', 'if-none-match': '*' } : {};
  const options = { method, headers, agent: secure ? agents.https : agents.http };
  return new Promise((resolve) => {
    const fail = (failure: string): void => resolve({ failure, waitSeconds: 0 });
    const request = (secure ? httpsRequest : httpRequest)(url, options, (response) => {
      const waitSeconds = Number(response.headers['retry-after'] ?? 0);
      failureOf(response).then(
        (failure) => resolve({ failure, waitSeconds }),
        (error) => fail(`incomplete: ${codeOf(error)}`),
      );
    });
    const timer = setTimeout(() => request.destroy(new Error('no response in time')), limitMs);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error) => fail(codeOf(error)));
    request.end(method === 'PUT' ? '{"enabled":true}' : undefined);
  });
}

/** Reads the response. Returns undefined if its status is below 400. Rejects if it is incomplete. */
async function failureOf(response: IncomingMessage): Promise<string | undefined> {
  const { statusCode = 0 } = response;
  if (statusCode < 400) {
    await once(response.resume(), 'end');
    return undefined;
  }
  const [, code] = /"code":"(\w+)"/.exec(await text(response)) ?? [];
  return code === undefined ? `${statusCode}` : `${statusCode} ${code}`;
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
