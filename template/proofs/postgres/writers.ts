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
  /** The latest state. */
  current: State;
  /** The latest state that the response to a write acknowledged: an earlier one if a read showed `current`. */
  acknowledged: State;
  /** Tokens of writes of the next version without a known outcome. Each may have been stored, or may still be. */
  pending: Set<string>;
  /** Tokens of earlier states. */
  readonly past: Set<string>;
}

/** How long a read may return an earlier state, if that is allowed at all. */
const STALE_MS = 5_000;

const NONE: State = { version: 0, token: '', etag: '' };

export interface WritersOptions {
  readonly count: number;
  /**
   * Whether a failover may undo a write that failed, although reads showed it: PostgreSQL shows a commit that no standby has
   * confirmed once the wait for the confirmation is cancelled. Default: false.
   */
  readonly mayUndoFailedWrites?: boolean;
  /**
   * Whether reads may return an earlier state for a moment: through connections to a demoted server that stay open.
   * Default: false.
   */
  readonly mayReadStale?: boolean;
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
export function startWriters(
  traffic: Traffic,
  { count, mayUndoFailedWrites = false, mayReadStale = false }: WritersOptions,
): Writers {
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
    if (status === 404) return NONE;
    return status === 200 ? { version: body.version, token: body.description, etag } : undefined;
  }

  /** Reads until there is a response, and compares the state with those that are possible. */
  async function settle(key: string, flag: Known): Promise<void> {
    for (const limit = performance.now() + STALE_MS; ; ) {
      const found = await read(key);
      const isStale = mayReadStale && performance.now() < limit && flag.past.has(found?.token ?? '');
      if (found === undefined || isStale) {
        await delay(RETRY_MS);
        continue;
      }
      const { current, acknowledged: last, pending } = flag;
      if (isSame(found, current)) return;
      if (found.version === current.version + 1 && pending.has(found.token)) storedWithoutResponse += 1;
      else if (!(mayUndoFailedWrites && isSame(found, last)))
        problems.push(`${key}: found ${JSON.stringify(found)} after ${JSON.stringify([last, current])}`);
      // Writes that expected the previous version can no longer be stored.
      flags.set(key, { current: found, acknowledged: last, pending: new Set(), past: flag.past.add(current.token) });
      return;
    }
  }

  async function write(key: string, token: string): Promise<void> {
    const flag = flags.get(key) ?? { current: NONE, acknowledged: NONE, pending: new Set(), past: new Set() };
    flags.set(key, flag);
    const last = flag.current;
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
      const stored = { version: body.version, token, etag };
      flags.set(key, { current: stored, acknowledged: stored, pending: new Set(), past: flag.past.add(last.token) });
      return;
    }
    // A conflict means that an earlier write without a response was stored, or undone.
    const isUnexplained =
      flag.pending.size === 0 && !mayReadStale && (!mayUndoFailedWrites || last === flag.acknowledged);
    if (status === 412 && isUnexplained) problems.push(`${key}: a conflict without another writer`);
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

function isSame(one: State, other: State): boolean {
  return one.version === other.version && one.token === other.token;
}
