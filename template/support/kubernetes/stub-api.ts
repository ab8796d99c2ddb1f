import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Connection } from '../../../pkg/kubernetes/connection.ts';
import type { KubernetesObject } from '../../../pkg/kubernetes/object.ts';

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How to respond to one request: with a status, or not at all. */
export type StubReply = { status: number; body?: unknown; headers?: Record<string, string> } | 'hang' | 'reset';

/**
 * Speaks the list and watch protocol of the API server, for one resource, and can be made to fail. Other requests get
 * their body back. The proofs use a real API server: `api-server.ts`.
 */
export interface StubApi {
  readonly url: string;
  readonly requests: readonly StubRequest[];
  /** Number of open watches. */
  readonly watches: number;
  connection(changes?: Partial<Connection>): Connection;
  /** Creates or changes an object, and sends the event to all watches. */
  put(object: KubernetesObject): void;
  remove(name: string): void;
  bookmark(): void;
  /** Sends an event of the type ERROR. */
  sendError(status: object): void;
  /** Sends raw bytes to all watches. */
  sendRaw(chunk: string): void;
  /** Forgets all changes so far, so that a watch of them is rejected with 410. */
  compact(): void;
  /** Determines the replies to the next requests. Undefined means the usual reply. */
  replyNext(...replies: (StubReply | undefined)[]): void;
  /** Replies to all requests until it is called with undefined. */
  replyAlways(reply: StubReply | undefined): void;
  /** Ends all watches as the API server does at their time limit. */
  endWatches(): void;
  /** Resets the connections of all watches. */
  cutWatches(): void;
}

const LIST = /\/(configmaps|endpointslices|things)$/;

/** @param tls options for HTTPS. Default: HTTP. */
export async function startStubApi(tls?: ServerOptions): Promise<StubApi> {
  const objects = new Map<string, KubernetesObject>();
  const history: { version: number; line: string }[] = [];
  const requests: StubRequest[] = [];
  const watches = new Set<ServerResponse>();
  const replies: (StubReply | undefined)[] = [];
  let standing: StubReply | undefined;
  let [version, compacted] = [1, 0];

  function publish(type: string, object: KubernetesObject): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    if (type !== 'BOOKMARK') history.push({ version, line });
    for (const watch of watches) watch.write(line);
  }
  function stamped(object: KubernetesObject): KubernetesObject {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  function list({ limit = '0', continue: start = '0' }: StubRequest['query'], response: ServerResponse): void {
    const from = Number(start);
    const all = [...objects.values()];
    const to = Number(limit) > 0 ? from + Number(limit) : all.length;
    const metadata = { resourceVersion: String(version), ...(to < all.length && { continue: String(to) }) };
    send(response, { status: 200, body: { kind: 'List', metadata, items: all.slice(from, to) } });
  }
  function watch({ resourceVersion }: StubRequest['query'], response: ServerResponse): void {
    const since = Number(resourceVersion);
    if (since < compacted) {
      const body = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      send(response, { status: 410, body });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    watches.add(response);
    response.on('close', () => watches.delete(response));
    for (const { version: each, line } of history) if (each > since) response.write(line);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://stub');
    const query = Object.fromEntries(searchParams);
    const { method = '', headers } = request;
    const received = { method, path: pathname, query, headers, body: await text(request) };
    requests.push(received);
    const reply = replies.length > 0 ? replies.shift() : standing;
    if (reply === 'reset') request.socket.resetAndDestroy();
    else if (reply === 'hang') return;
    else if (reply !== undefined) send(response, reply);
    else if (method === 'GET' && LIST.test(pathname)) (query.watch ? watch : list)(query, response);
    else send(response, { status: 200, body: received.body === '' ? {} : JSON.parse(received.body) });
  }

  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on('request', (request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const url = `${tls === undefined ? 'http' : 'https'}://localhost:${address.port}`;

  return {
    url,
    requests,
    get watches() {
      return watches.size;
    },
    connection: (changes) => ({
      source: 'stub',
      server: new URL(url),
      namespace: 'shop',
      tls: {},
      token: () => undefined,
      ...changes,
    }),
    put(object) {
      const stored = stamped(object);
      const isNew = !objects.has(object.metadata.name);
      objects.set(object.metadata.name, stored);
      publish(isNew ? 'ADDED' : 'MODIFIED', stored);
    },
    remove(name) {
      const object = objects.get(name);
      if (object === undefined) throw new Error(`no object ${name}`);
      objects.delete(name);
      publish('DELETED', stamped(object));
    },
    bookmark() {
      publish('BOOKMARK', { metadata: { name: '', resourceVersion: String(version) } });
    },
    sendError(status) {
      for (const each of watches) each.write(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
    },
    sendRaw(chunk) {
      for (const each of watches) each.write(chunk);
    },
    compact() {
      compacted = version;
      history.length = 0;
    },
    replyNext: (...next) => void replies.push(...next),
    replyAlways(reply) {
      standing = reply;
    },
    endWatches() {
      for (const each of watches) each.end();
      watches.clear();
    },
    cutWatches() {
      for (const each of watches) each.socket?.resetAndDestroy();
      watches.clear();
    },
  };
}

function send(response: ServerResponse, { status, body = '', headers = {} }: Exclude<StubReply, string>): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
