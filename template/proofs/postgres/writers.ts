import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Traffic } from './traffic.ts';

/** Flags of each writer. No two writers share one, so each state of a flag is due to its writer. */
const FLAGS = 3;
const RETRY_MS = 25;

/** A flag as the service reports it. `absent`: version 0. */
interface State {
  readonly version: number;
  readonly token: string;
  readonly etag: string;
}

interface Known {
  acknowledged: State;
  /** Tokens of writes of the next version without a known outcome. Each may have been stored, or may still be. */
  pending: Set<string>;
}

export interface Writers {
  /** Number of acknowledged writes so far. */
  readonly acknowledged: number;
  /** Number of writes without a known outcome that turned out to have been stored. */
  readonly storedWithoutResponse: number;
  /** Stops, reads every flag again and returns what is wrong: a lost write, or one that was applied twice. */
  stop(): Promise<string[]>;
}

/**
 * Keeps creating and replacing flags, each write on the condition that its flag has not changed. A write whose response was
 * not a success is followed by reads until the state is known again, as clients should do.
 */
export function startWriters(traffic: Traffic, count: number): Writers {
  const run = randomUUID().slice(0, 8);
  const flags = new Map<string, Known>();
  const problems: string[] = [];
  let running = true;
  let acknowledged = 0;
  let storedWithoutResponse = 0;

  async function read(key: string): Promise<State | undefined> {
    const { status, etag, body } = await traffic.send('read', `/v1/flags/${key}`, {
      headers: { 'cache-control': 'no-cache' },
    });
    if (status === 404) return { version: 0, token: '', etag: '' };
    return status === 200 ? { version: body.version, token: body.description, etag } : undefined;
  }

  /** Reads until there is a response, and compares the state with those that are possible. */
  async function settle(key: string, flag: Known): Promise<void> {
    for (;;) {
      const found = await read(key);
      if (found === undefined) {
        await delay(RETRY_MS);
        continue;
      }
      const { acknowledged: last, pending } = flag;
      if (found.version === last.version && found.token === last.token) return;
      if (found.version === last.version + 1 && pending.has(found.token)) storedWithoutResponse += 1;
      else problems.push(`${key}: found ${JSON.stringify(found)} after ${JSON.stringify(last)} was acknowledged`);
      // Writes that expected the previous version can no longer be stored.
      flags.set(key, { acknowledged: found, pending: new Set() });
      return;
    }
  }

  async function write(key: string, token: string): Promise<void> {
    const flag = flags.get(key) ?? { acknowledged: { version: 0, token: '', etag: '' }, pending: new Set() };
    flags.set(key, flag);
    const last = flag.acknowledged;
    const precondition = last.version === 0 ? { 'if-none-match': '*' } : { 'if-match': last.etag };
    const { status, etag, body } = await traffic.send('write', `/v1/flags/${key}`, {
      method: 'PUT',
      headers: { ...precondition, 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: true, description: token }),
    });
    if (status === 200 || status === 201) {
      acknowledged += 1;
      if (body.version !== last.version + 1)
        problems.push(`${key}: version ${body.version} was stored after ${last.version}`);
      flags.set(key, { acknowledged: { version: body.version, token, etag }, pending: new Set() });
      return;
    }
    // A conflict means that an earlier write without a response was stored.
    if (status === 412 && flag.pending.size === 0) problems.push(`${key}: a conflict without another writer`);
    if (status !== 412) flag.pending.add(token);
    await delay(RETRY_MS);
    await settle(key, flag);
  }

  async function work(writer: number): Promise<void> {
    for (let round = 0; running; round += 1) await write(`${run}-${writer}-${round % FLAGS}`, `${writer}-${round}`);
  }

  const finished = Promise.all(Array.from({ length: count }, (_, writer) => work(writer)));
  return {
    get acknowledged() {
      return acknowledged;
    },
    get storedWithoutResponse() {
      return storedWithoutResponse;
    },
    async stop() {
      running = false;
      await finished;
      await Promise.all([...flags].map(([key, flag]) => settle(key, flag)));
      return problems;
    },
  };
}
