import { setTimeout as delay } from 'node:timers/promises';
import { ABSENT, type Operation } from './linearizability.ts';

export interface WritersOptions {
  /** Base URLs of the instances. Each request goes to a random one. */
  urls: readonly string[];
  writers: number;
  keys: readonly string[];
  /** Number of conditional writes that must complete with a response. */
  writes: number;
  /** Injected one after the other, evenly spread over the writes. The first one that fails ends the run. */
  faults: readonly (() => Promise<void>)[];
}

export interface WritersResult {
  histories: ReadonlyMap<string, readonly Operation[]>;
  /** Number of responses by method and status, or `none` if the connection broke or the request took too long. */
  responses: Readonly<Record<string, number>>;
  seconds: number;
}

/** Longer than the service's own limits, so reaching it is a defect. */
const REQUEST_LIMIT_MS = 15_000;

/**
 * Runs writers that read a flag and then create, replace or delete it, on the condition that it has not changed since. Rejects
 * if a fault could not be injected.
 */
export async function runWriters({ urls, writers, keys, writes, faults }: WritersOptions): Promise<WritersResult> {
  const histories = new Map<string, Operation[]>(keys.map((key) => [key, []]));
  const responses: Record<string, number> = {};
  let completed = 0;
  const injected: Promise<void>[] = [];
  const failures: unknown[] = [];

  async function request(key: string, init: RequestInit): Promise<{ status: number; etag: string; value: string }> {
    const url = `${pick(urls)}/v1/flags/${key}`;
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
      const text = await response.text();
      const body: unknown = text === '' ? {} : JSON.parse(text);
      const value: unknown = Reflect.get(Object(body), 'description');
      count(`${init.method} ${response.status}`);
      return { status: response.status, etag: response.headers.get('etag') ?? '', value: String(value) };
    } catch {
      count(`${init.method} none`);
      return { status: 0, etag: '', value: '' };
    }
  }

  function count(response: string): void {
    responses[response] = (responses[response] ?? 0) + 1;
  }

  function injectDueFault(): void {
    const due = Math.floor((completed / writes) * (faults.length + 1));
    const fault = faults[injected.length];
    if (fault === undefined || due <= injected.length) return;
    injected.push(
      fault().catch((error: unknown) => {
        failures.push(error);
      }),
    );
  }

  async function write(writer: number): Promise<void> {
    for (let round = 0; completed < writes && failures.length === 0; round += 1) {
      const key = pick(keys);
      const history = histories.get(key) ?? [];
      const readAt = performance.now();
      const found = await request(key, { method: 'GET', headers: { 'cache-control': 'no-cache' } });
      if (found.status !== 200 && found.status !== 404) {
        await delay(50 + Math.random() * 100);
        continue;
      }
      const from = found.status === 404 ? ABSENT : found.value;
      history.push({ kind: 'read', value: from, invokedAt: readAt, returnedAt: performance.now() });

      const isDeletion = from !== ABSENT && Math.random() < 0.1;
      const to = isDeletion ? ABSENT : `${writer}-${round}`;
      const precondition = from === ABSENT ? { 'if-none-match': '*' } : { 'if-match': found.etag };
      const invokedAt = performance.now();
      const { status } = await request(
        key,
        isDeletion
          ? { method: 'DELETE', headers: precondition }
          : {
              method: 'PUT',
              headers: { ...precondition, 'content-type': 'application/json' },
              body: JSON.stringify({ enabled: true, description: to }),
            },
      );
      // A deletion that finds nothing counts as rejected too: the flag changed after it was read.
      const isRejected = status === 412 || (isDeletion && status === 404);
      const outcome = status >= 200 && status < 300 ? 'done' : isRejected ? 'rejected' : 'unknown';
      history.push({ kind: 'cas', from, to, outcome, invokedAt, returnedAt: performance.now() });
      if (outcome === 'unknown') {
        await delay(50 + Math.random() * 100);
      } else {
        completed += 1;
        injectDueFault();
      }
    }
  }

  const startedAt = performance.now();
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  await Promise.all(injected);
  if (failures.length > 0) throw failures[0];
  if (injected.length < faults.length)
    throw new Error(`only ${injected.length} of ${faults.length} faults were injected`);
  return { histories, responses, seconds };
}

function pick<T>(items: readonly T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('cannot pick from an empty list');
  return item;
}
