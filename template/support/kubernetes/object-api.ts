import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Connection } from '../../../pkg/kubernetes/connection.ts';

/** A write that was accepted. */
export interface StoredWrite {
  readonly method: string;
  readonly path: string;
  readonly body: Stored;
}

/** How the server treats a request: `lose` makes a write take effect but sends no response. */
export type Treatment = 'serve' | 'fail' | 'hang' | 'lose';

/** Chooses the treatment of a request, which waits for it. */
export type TreatmentChoice = (method: string, body: Stored) => Treatment | Promise<Treatment>;

/**
 * Stores single objects as the API server does: it rejects writes with an old resourceVersion. Stands in for a real API
 * server where a test must lose, delay or count requests.
 */
export interface ObjectApi {
  /** Requests in the order of their arrival, as `PUT /apis/…`. */
  readonly requests: readonly string[];
  readonly writes: readonly StoredWrite[];
  connection(): Connection;
  /** Returns the stored object whose path ends in this text. */
  find(pathEnd: string): Stored | undefined;
  /** Changes an object as another client would. */
  edit(pathEnd: string, change: (object: Stored) => object): void;
  remove(pathEnd: string): void;
  /** Determines how later requests are treated. */
  treat(choice: TreatmentChoice): void;
}

export interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly finalizers?: readonly string[];
  };
  readonly [field: string]: unknown;
}

export async function startObjectApi(): Promise<ObjectApi> {
  const objects = new Map<string, Stored>();
  const requests: string[] = [];
  const writes: StoredWrite[] = [];
  let version = 0;
  let treatmentOf: TreatmentChoice = () => 'serve';

  function store(path: string, object: Stored): Stored {
    version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    objects.set(path, stored);
    return stored;
  }
  function pathOf(pathEnd: string): string {
    const path = [...objects.keys()].find((each) => each.endsWith(pathEnd));
    if (path === undefined) throw new Error(`no object ${pathEnd}`);
    return path;
  }

  /** Returns the object that results from the request, or a status reason. */
  function serve(method: string, path: string, body: Stored): Stored | 'NotFound' | 'Conflict' | 'AlreadyExists' {
    if (method === 'POST') {
      const created = `${path}/${body.metadata.name}`;
      return objects.has(created) ? 'AlreadyExists' : store(created, body);
    }
    const object = objects.get(path);
    if (object === undefined) return 'NotFound';
    if (method === 'GET') return object;
    const expected = body.metadata?.resourceVersion;
    if (expected !== undefined && expected !== object.metadata.resourceVersion) return 'Conflict';
    if (method === 'PUT') return store(path, body);
    return store(path, { ...object, ...body, metadata: { ...object.metadata, ...body.metadata } });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request;
    const body: Stored = JSON.parse((await text(request)) || '{}');
    requests.push(`${method} ${path}`);
    const treatment = await treatmentOf(method, body);
    if (treatment === 'hang') return;
    const result = treatment === 'fail' ? 'InternalError' : serve(method, path, body);
    if (typeof result !== 'string' && method !== 'GET') writes.push({ method, path, body });
    if (treatment === 'lose') return;
    const status = { NotFound: 404, Conflict: 409, AlreadyExists: 409, InternalError: 500 };
    response.writeHead(typeof result === 'string' ? status[result] : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(typeof result === 'string' ? { kind: 'Status', reason: result, message: result } : result),
    );
  }

  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const url = new URL(`http://127.0.0.1:${address.port}`);

  return {
    requests,
    writes,
    connection: () => ({ source: 'test', server: url, namespace: 'shop', tls: {}, token: () => undefined }),
    find: (pathEnd) => objects.get([...objects.keys()].find((path) => path.endsWith(pathEnd)) ?? ''),
    edit(pathEnd, change) {
      const path = pathOf(pathEnd);
      const object = objects.get(path);
      if (object !== undefined) store(path, { ...object, ...change(object) });
    },
    remove(pathEnd) {
      objects.delete(pathOf(pathEnd));
    },
    treat(choice) {
      treatmentOf = choice;
    },
  };
}
