import { Agent, get } from 'node:http';

export interface LoadOptions {
  url: string;
  seconds: number;
  /** Number of kept-alive connections, which are opened before the load starts. */
  connections: number;
  /** Requests per second, sent when they are due, regardless of outstanding responses. Default: as fast as responses arrive. */
  rate?: number;
}

export interface LoadResult {
  /** Number of responses during the load, by status. 0 counts errors. */
  responses: Map<number, number>;
  sent: number;
  /** Requests that were due but not sent because every connection was waiting for a response. */
  held: number;
}

/** Sends requests over kept-alive connections. */
export async function load({ url, seconds, connections, rate }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  const result: LoadResult = { responses: new Map(), sent: 0, held: 0 };
  await Promise.all(Array.from({ length: connections }, () => statusOf(new URL('/healthz', url), agent)));
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  let waiting = 0;

  async function one(): Promise<void> {
    waiting += 1;
    result.sent += 1;
    const status = await statusOf(new URL(url), agent);
    waiting -= 1;
    if (performance.now() < end) result.responses.set(status, (result.responses.get(status) ?? 0) + 1);
  }

  if (rate === undefined) {
    const client = async () => {
      while (performance.now() < end) await one();
    };
    await Promise.all(Array.from({ length: connections }, client));
  } else {
    const open: Promise<void>[] = [];
    for (let due = 0; performance.now() < end; ) {
      for (; due < ((performance.now() - startedAt) / 1000) * rate; due++) {
        if (waiting < connections) open.push(one());
        else result.held += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(open);
  }
  agent.destroy();
  return result;
}

/** Sends probes one after another, each on a new connection as the kubelet does, until `signal` aborts. */
export async function probe(url: string, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    const startedAt = performance.now();
    const status = await statusOf(new URL(url), new Agent());
    times.push(status === 200 ? performance.now() - startedAt : Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return times.sort((a, b) => a - b);
}

/** Returns the value below which the share `p` of the sorted values lies. */
export function quantile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

function statusOf(url: URL, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('close', () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
    }).on('error', () => resolve(0));
  });
}
