import { setTimeout as sleep } from 'node:timers/promises';
import { openClient } from './client.ts';
import { putInParts, type Request } from './requests.ts';
import type { Upstream } from './upstream.ts';

/** What all clients of a run share. */
export interface Load {
  /** Where a new connection goes: asked for each, as a load balancer is. */
  pick(): Upstream;
  /** Turns false when the clients are to finish what they have startedAt. */
  readonly running: boolean;
}

/** Keeps its connection and asks again at once, or after a pause of up to `maxPauseMs`. Connects anew when told to. */
export async function keepAlive(load: Load, kind: string, request: Request, maxPauseMs = 0): Promise<void> {
  while (load.running) {
    const client = openClient(load.pick(), kind);
    while (load.running && client.usable) {
      await client.ask(request);
      if (maxPauseMs > 0) await sleep(Math.random() * maxPauseMs);
    }
    client.close();
  }
}

/** A new connection for each request. */
export async function onePerConnection(load: Load, kind: string, request: Request): Promise<void> {
  while (load.running) {
    const client = openClient(load.pick(), kind);
    await client.ask(request);
    client.close();
  }
}

/** Sends `depth` requests at once, waits for all answers, and again. */
export async function pipelining(load: Load, kind: string, request: Request, depth: number): Promise<void> {
  while (load.running) {
    const client = openClient(load.pick(), kind);
    while (load.running && client.usable) await client.pipeline(depth, request);
    client.close();
  }
}

/** Keeps `depth` requests in flight all the time: there is never a moment without one. */
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

/** One PUT whose body takes `durationMs` to send. */
export async function slowBody(
  load: Load,
  kind: string,
  path: string,
  document: object,
  durationMs: number,
): Promise<void> {
  const client = openClient(load.pick(), kind);
  const { head, body } = putInParts(path, document);
  const answer = client.ask(head);
  for (const byte of body) {
    await sleep(durationMs / body.length);
    client.send(byte);
  }
  await answer;
  client.close();
}

/** One request, on a connection of its own. */
export async function once(load: Load, kind: string, request: Request): Promise<void> {
  const client = openClient(load.pick(), kind);
  await client.ask(request);
  client.close();
}
