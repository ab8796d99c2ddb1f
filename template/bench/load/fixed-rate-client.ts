import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { quantile } from '../statistics.ts';
import { type Interval, lengthsWithoutStalls } from './client-stalls.ts';

export interface FixedRateOptions {
  url: string;
  /** Requests per second, evenly spaced, regardless of outstanding responses. */
  rate: number;
  seconds: number;
  connections: number;
}

export interface FixedRateResult {
  requests: number;
  /** Responses per second. Lower than `rate` if the server cannot keep up. */
  rps: number;
  p50Ms: number;
  p99Ms: number;
  /** The p99 of the latencies without the client's stalls within them: a lower bound of the server's. */
  p99WithoutStallsMs: number;
  failures: number;
  /** Share of the time (0 to 1) in which the client itself stalled, and its longest stall. See {@link STALL_MS}. */
  stalledShare: number;
  longestStallMs: number;
}

/**
 * The client polls without sleeping, so its turns follow each other within a fraction of a millisecond. A longer gap is a
 * stall: the operating system ran something else on its core, or the client collected garbage.
 */
const STALL_MS = 2;

/** Requests that are due earlier are sent but not measured, because the client's own code is not compiled yet. */
const WARM_UP_MS = 250;

/**
 * Sends requests at a fixed rate and measures each latency from when the request was due, not from when it was sent. A
 * server that stalls also delays the requests that become due during the stall; a client that waits before sending them
 * would not measure that delay (coordinated omission). wrk cannot send at a fixed rate; autocannon can, but only estimates
 * the correction.
 *
 * It polls instead of sleeping: Node's timers are late by up to a millisecond, which is longer than most responses take.
 */
export async function runFixedRate({ url, rate, seconds, connections }: FixedRateOptions): Promise<FixedRateResult> {
  const { hostname, port, pathname, host } = new URL(url);
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(hostname, Number(port))));

  const intervalMs = 1000 / rate;
  const total = Math.floor(rate * seconds);
  const waits: Interval[] = [];
  const stalls: Interval[] = [];
  const idle: Client[] = sockets.map((socket) => watchResponses(socket, onResponse));
  let failures = 0;
  let sent = 0;
  let received = 0;

  function onResponse(client: Client, status: string): void {
    received++;
    if (client.dueMs >= measuredFrom) waits.push({ fromMs: client.dueMs, toMs: performance.now() });
    if (status !== '200') failures++;
    idle.push(client);
  }

  const startedAt = performance.now();
  const measuredFrom = startedAt + WARM_UP_MS;
  const deadlineMs = startedAt + seconds * 1000 + 10_000;
  let lastTurn = startedAt;
  await new Promise<void>((resolve) => {
    function turn(): void {
      const now = performance.now();
      if (now - lastTurn > STALL_MS && lastTurn >= measuredFrom) stalls.push({ fromMs: lastTurn, toMs: now });
      lastTurn = now;
      while (sent < total && startedAt + sent * intervalMs <= now) {
        const client = idle.shift();
        if (client === undefined) break;
        client.dueMs = startedAt + sent * intervalMs;
        client.socket.write(request);
        sent++;
      }
      if (received === total || now > deadlineMs) resolve();
      else setImmediate(turn);
    }
    turn();
  });
  const endedAt = performance.now();
  for (const socket of sockets) socket.destroy();
  const latencies = waits.map(({ fromMs, toMs }) => toMs - fromMs);
  const stallsMs = stalls.map(({ fromMs, toMs }) => toMs - fromMs);
  return {
    requests: received,
    rps: (received * 1000) / (endedAt - startedAt),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    p99WithoutStallsMs: quantile(lengthsWithoutStalls(waits, stalls), 0.99),
    failures: failures + total - received,
    stalledShare: stallsMs.reduce((sum, ms) => sum + ms, 0) / (endedAt - measuredFrom),
    longestStallMs: Math.max(0, ...stallsMs),
  };
}

interface Client {
  readonly socket: Socket;
  dueMs: number;
}

async function open(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Calls `onResponse` at the end of each response. Responses must have a Content-Length, as they have in every row. */
function watchResponses(socket: Socket, onResponse: (client: Client, status: string) => void): Client {
  const client = { socket, dueMs: 0 };
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    text += chunk;
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
    if (text.length < end + 4 + length) return;
    const status = text.slice(9, 12);
    text = '';
    onResponse(client, status);
  });
  return client;
}
