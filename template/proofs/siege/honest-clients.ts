import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, LostRequest, openConnection } from '../load/connection.ts';
import { tcpFrom } from './from-address.ts';
import type { Ledger } from './ledger.ts';

const KEEP_ALIVE = 12;
const CONNECTION_PER_REQUEST = 8;
/** At most five requests per second: half of what the production rate limit allows one address. */
const PAUSE_MS = 200;
const PROBE_PERIOD_MS = 1000;

export interface HonestOptions {
  url: string;
  token: string;
  /** When it aborts, the clients finish their current request and stop. */
  signal: AbortSignal;
}

/** Reads, lists and writes flags. Each client has its own address and its own flag. */
export async function honestClients(options: HonestOptions, ledger: Ledger): Promise<void> {
  const clients = Array.from({ length: KEEP_ALIVE + CONNECTION_PER_REQUEST }, (_, index) =>
    client(index, index < KEEP_ALIVE, options, ledger),
  );
  await Promise.all(clients);
}

async function client(index: number, keepAlive: boolean, { url, token, signal }: HonestOptions, ledger: Ledger) {
  const connect = tcpFrom(`127.0.10.${index + 1}`, url);
  const path = `/v1/flags/honest-${index}`;
  let connection: Connection | undefined;
  let etag: string | undefined;
  /** Set after a write without a response: the flag has to be read before it can be written again. */
  let unknown = false;

  function request(turn: number): { kind: 'get' | 'list' | 'put'; head: string; body: string } {
    if (unknown) return { kind: 'get', head: `GET ${path}`, body: '' };
    if (etag === undefined || turn % 4 === 0)
      return { kind: 'put', head: `PUT ${path}`, body: `{"enabled":${turn % 8 === 0}}` };
    return turn % 4 === 1
      ? { kind: 'list', head: 'GET /v1/flags?limit=20', body: '' }
      : { kind: 'get', head: `GET ${path}`, body: '' };
  }

  function isExpected(kind: 'get' | 'list' | 'put', status: number, tag: string | undefined): boolean {
    if (kind === 'put') return status === 200 || status === 201;
    if (kind === 'get' && unknown) return status === 200 || status === 404;
    return status === 200 && (kind === 'list' || tag === etag);
  }

  for (let turn = index; !signal.aborted; turn++) {
    if (!connection?.usable) connection = openConnection(connect);
    const { kind, head, body } = request(turn);
    const lines = [`${head} HTTP/1.1`, 'Host: siege.example', `Authorization: Bearer ${token}`];
    if (kind === 'put') {
      const condition = etag === undefined ? 'If-None-Match: *' : `If-Match: ${etag}`;
      lines.push('Content-Type: application/json', `Content-Length: ${body.length}`, condition);
    }
    if (!keepAlive) lines.push('Connection: close');
    const sentAt = performance.now();
    try {
      const { status, headers, body: text } = await connection.request(`${lines.join('\r\n')}\r\n\r\n${body}`);
      const tag = headers.get('etag');
      if (status === 503 || status === 429) {
        ledger.rejected(status);
      } else {
        if (isExpected(kind, status, tag)) ledger.served(performance.now() - sentAt);
        else ledger.lost(`${kind}: ${status} ${status === 200 ? 'with a different entity tag' : text.slice(0, 200)}`);
        if (kind !== 'list') {
          etag = status === 200 || status === 201 ? tag : undefined;
          unknown = status !== 200 && status !== 201 && status !== 404;
        }
      }
    } catch (error) {
      if (!(error instanceof LostRequest)) throw error;
      ledger.lost(`${kind}: ${error.message}`);
      unknown ||= kind === 'put';
    }
    if (!keepAlive) connection.close();
    await sleep(PAUSE_MS + (index % 7) * 5);
  }
  connection?.close();
}

/** Sends probes as the kubelet does: every second, on a new connection. */
export async function probe(url: string, signal: AbortSignal, ledger: Ledger): Promise<void> {
  const connect = tcpFrom('127.0.12.1', url);
  const request = `GET ${new URL(url).pathname} HTTP/1.1\r\nHost: siege.example\r\nConnection: close\r\n\r\n`;
  while (!signal.aborted) {
    const sentAt = performance.now();
    const connection = openConnection(connect);
    try {
      const { status } = await connection.request(request);
      if (status === 200) ledger.served(performance.now() - sentAt);
      else ledger.rejected(status);
    } catch (error) {
      if (!(error instanceof LostRequest)) throw error;
      ledger.lost(error.message);
    }
    connection.close();
    await sleep(PROBE_PERIOD_MS);
  }
}
