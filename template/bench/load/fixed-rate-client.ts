import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { quantile } from '../statistics.ts';

export interface FixedRateOptions {
  url: string;
  /** Requests per second, evenly spaced, whether or not those before have been answered. */
  rate: number;
  seconds: number;
  connections: number;
}

export interface FixedRateResult {
  requests: number;
  /** Requests that were answered per second; less than asked for when the server does not keep up. */
  rps: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
}

/**
 * Sends at a fixed rate and counts each latency from the instant at which the request was due, not from when it could
 * be sent: a server that stalls delays all that falls due meanwhile, and a client that waits for it politely would not
 * see that (coordinated omission). wrk has no rate; autocannon has one, and corrects its latencies by estimate.
 *
 * It never sleeps: a timer of Node is late by up to a millisecond, more than most answers take.
 */
export async function runFixedRate({ url, rate, seconds, connections }: FixedRateOptions): Promise<FixedRateResult> {
  const { hostname, port, pathname, host } = new URL(url);
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(hostname, Number(port))));

  const intervalMs = 1000 / rate;
  const total = Math.floor(rate * seconds);
  const latencies: number[] = [];
  const idle: Client[] = sockets.map((socket) => follow(socket, onAnswer));
  let failures = 0;
  let sent = 0;

  function onAnswer(client: Client, status: string): void {
    latencies.push(performance.now() - client.dueMs);
    if (status !== '200') failures++;
    idle.push(client);
  }

  const begun = performance.now();
  const giveUpMs = begun + seconds * 1000 + 10_000;
  await new Promise<void>((resolve) => {
    function turn(): void {
      const now = performance.now();
      while (sent < total && begun + sent * intervalMs <= now) {
        const client = idle.shift();
        if (client === undefined) break;
        client.dueMs = begun + sent * intervalMs;
        client.socket.write(request);
        sent++;
      }
      if (latencies.length === total || now > giveUpMs) resolve();
      else setImmediate(turn);
    }
    turn();
  });
  const elapsedS = (performance.now() - begun) / 1000;
  for (const socket of sockets) socket.destroy();
  return {
    requests: latencies.length,
    rps: latencies.length / elapsedS,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    failures: failures + total - latencies.length,
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

/** Calls back at the end of each answer. An answer has a Content-Length, as the route's has in every row. */
function follow(socket: Socket, onAnswer: (client: Client, status: string) => void): Client {
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
    onAnswer(client, status);
  });
  return client;
}
