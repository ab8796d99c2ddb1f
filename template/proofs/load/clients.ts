import { setTimeout as sleep } from 'node:timers/promises';
import { openClient } from './client.ts';
import { type Request, splitPut } from './requests.ts';
import type { Upstream } from './upstream.ts';

/** The state that all clients of a run share. */
export interface Load {
  /** Selects the upstream of a new connection, as a load balancer does. */
  pick(): Upstream;
  /** Becomes false when the clients should finish their current requests and stop. */
  readonly running: boolean;
}

/**
 * Sends requests on a kept-alive connection, with a random pause of up to `maxPauseMs` in between. Reconnects when the
 * server announces that it will close the connection.
 */
export async function keepAlive(load: Load, kind: string, request: Request, maxPauseMs = 0): Promise<void> {
  while (load.running) {
    const client = openClient(load.pick(), kind);
    while (load.running && client.usable) {
      await client.request(request);
      if (maxPauseMs > 0) await sleep(Math.random() * maxPauseMs);
    }
    client.close();
  }
}

/** Opens a new connection for each request. */
export async function onePerConnection(load: Load, kind: string, request: Request): Promise<void> {
  while (load.running) {
    const client = openClient(load.pick(), kind);
    await client.request(request);
    client.close();
  }
}

/** Repeatedly sends `depth` requests at once and waits for all responses. */
export async function pipelining(load: Load, kind: string, request: Request, depth: number): Promise<void> {
  while (load.running) {
    const client = openClient(load.pick(), kind);
    while (load.running && client.usable) await client.pipeline(depth, request);
    client.close();
  }
}

/** Keeps `depth` requests in flight at all times. */
export async function streaming(load: Load, kind: string, request: Request, depth: number): Promise<void> {
  while (load.running) {
    const client = openClient(load.pick(), kind);
    const lane = async () => {
      while (load.running && client.usable) await client.pipeline(1, request);
    };
    await Promise.all(Array.from({ length: depth }, lane));
    client.close();
  }
}

/** Sends one PUT whose body takes `durationMs` to send. */
export async function slowBody(
  load: Load,
  kind: string,
  path: string,
  document: object,
  durationMs: number,
): Promise<void> {
  const client = openClient(load.pick(), kind);
  const { head, body } = splitPut(path, document);
  const response = client.request(head);
  for (const byte of body) {
    await sleep(durationMs / body.length);
    client.write(byte);
  }
  await response;
  client.close();
}

/** Sends one request on a new connection. */
export async function once(load: Load, kind: string, request: Request): Promise<void> {
  const client = openClient(load.pick(), kind);
  await client.request(request);
  client.close();
}
