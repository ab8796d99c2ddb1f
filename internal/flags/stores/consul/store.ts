import { randomBytes } from 'node:crypto';
import { isConsulError } from '../../../../pkg/consul/errors.ts';
import type { ConsulKv, KvEntry, KvOperation } from '../../../../pkg/consul/kv.ts';
import { ProblemError } from '../../../../pkg/httpserver/problem/problem.ts';
import { type Flag, isExpired } from '../../model.ts';
import type { Expected, FlagStore, PutResult, StoredFlag, Term } from '../../store.ts';
import { decodeFlag, encodeFlag, type FlagValue } from './value.ts';

export interface ConsulFlagStoreOptions {
  /** What the keys begin with; ends in a slash. */
  prefix: string;
  /**
   * Most flags held at once. Default 1,000: a list reads them all. Those who create at the same moment may exceed it by
   * as many as they are.
   */
  maxFlags?: number;
}

export interface ConsulFlagStoreDependencies {
  kv: ConsulKv;
  /** Told of a value that is no flag, once for each state of it: somebody else has written it. */
  onUnreadable?: (key: string) => void;
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
}

/**
 * Keeps flags in Consul's KV store, where all replicas share them: one key each, written by compare-and-set on its
 * ModifyIndex, so that Consul's consensus decides between writers. Rejects with the problem 503 when Consul is away.
 */
export function createConsulFlagStore(
  { prefix, maxFlags = 1_000 }: ConsulFlagStoreOptions,
  { kv, onUnreadable = () => {}, now = Date.now }: ConsulFlagStoreDependencies,
): FlagStore<KvOperation> {
  const reported = new Set<string>();

  function report({ key, modifyIndex }: KvEntry): void {
    const state = `${modifyIndex} ${key}`;
    if (reported.has(state)) return;
    // Keeps the set from growing with whoever goes on writing such values.
    if (reported.size >= maxFlags) reported.clear();
    reported.add(state);
    onUnreadable(key);
  }

  async function read(
    key: string,
    consistent: boolean,
  ): Promise<{ entry: KvEntry; flag: Flag; revision: string } | undefined> {
    const { value: entry } = await asked(() => kv.get(prefix + key, { consistent }));
    if (entry === undefined) return undefined;
    const decoded = decodeFlag(entry.value, key);
    if (decoded === undefined) throw new Error(`Consul's key ${entry.key} holds no flag`);
    return { entry, flag: decoded.flag, revision: revisionOf(entry.modifyIndex, decoded) };
  }

  async function readAll(): Promise<{ entry: KvEntry; flag: Flag }[]> {
    const { value: entries } = await asked(() => kv.list(prefix));
    return entries.flatMap((entry) => {
      const decoded = decodeFlag(entry.value, entry.key.slice(prefix.length));
      if (decoded === undefined) report(entry);
      return decoded === undefined ? [] : [{ entry, flag: decoded.flag }];
    });
  }

  async function write(flag: Flag, index: number): Promise<PutResult> {
    // The nonce tells this write from another at the same index, in a Consul that has lost its data since.
    const nonce = randomBytes(9).toString('base64url');
    const operation = { verb: 'cas', key: prefix + flag.key, value: encodeFlag({ flag, nonce }), index } as const;
    const [modifyIndex] = (await asked(() => kv.transact([operation]))) ?? [];
    return modifyIndex === undefined
      ? { outcome: 'conflict' }
      : { outcome: 'stored', revision: revisionOf(modifyIndex, { flag, nonce }) };
  }

  async function hasRoom(): Promise<boolean> {
    if ((await asked(() => kv.keys(prefix))).length < maxFlags) return true;
    const reclaimed = await reclaimExpired({ signal: new AbortController().signal });
    return reclaimed > 0;
  }

  async function reclaimExpired({ signal, fence }: Term<KvOperation>): Promise<number> {
    const expired = (await readAll()).filter(({ flag }) => isExpired(flag, now()));
    let reclaimed = 0;
    for (const { entry } of expired) {
      signal.throwIfAborted();
      const deletion = deletionOf(entry.key, entry.modifyIndex);
      const done = await asked(() => kv.transact(fence === undefined ? deletion : [fence, ...deletion], { signal }));
      if (done !== undefined) reclaimed += 1;
    }
    return reclaimed;
  }

  return {
    async get(key, { consistent = false } = {}): Promise<StoredFlag | undefined> {
      const found = await read(key, consistent);
      return found === undefined || isExpired(found.flag, now())
        ? undefined
        : { flag: found.flag, revision: found.revision };
    },

    async list({ after, limit }): Promise<Flag[]> {
      const live = (await readAll()).map(({ flag }) => flag).filter((flag) => !isExpired(flag, now()));
      return live.filter(({ key }) => after === undefined || key > after).slice(0, limit);
    },

    async put(flag: Flag, expected: Expected): Promise<PutResult> {
      if (expected !== 'absent') {
        const index = indexOf(expected.revision, now());
        return index === undefined ? { outcome: 'conflict' } : write(flag, index);
      }
      if (!(await hasRoom())) return { outcome: 'full' };
      const result = await write(flag, 0);
      if (result.outcome === 'stored') return result;
      const inTheWay = await read(flag.key, true);
      const isLeftOver = inTheWay !== undefined && isExpired(inTheWay.flag, now());
      return isLeftOver ? write(flag, inTheWay.entry.modifyIndex) : result;
    },

    async delete(key, { revision }): Promise<'deleted' | 'conflict'> {
      const index = indexOf(revision, now());
      if (index === undefined) return 'conflict';
      return (await asked(() => kv.transact(deletionOf(prefix + key, index)))) === undefined ? 'conflict' : 'deleted';
    },

    reclaimExpired,
  };
}

/** Holds what a write has to know of the state it expects, so that it need not read it again. */
function revisionOf(modifyIndex: number, { flag, nonce }: FlagValue): string {
  return `${modifyIndex}-${flag.expiresAt === undefined ? '' : Date.parse(flag.expiresAt)}-${nonce}`;
}

/** The index to compare with, unless the state has expired or no such store has given the revision. */
function indexOf(revision: string, nowMs: number): number | undefined {
  const [, index, expiresAtMs = ''] = /^([1-9]\d*)-(\d*)-/.exec(revision) ?? [];
  if (index === undefined || (expiresAtMs !== '' && Number(expiresAtMs) <= nowMs)) return undefined;
  return Number(index);
}

/** `delete-cas` alone succeeds for a key that is gone, and two who delete the same state would both have done it. */
function deletionOf(key: string, index: number): KvOperation[] {
  return [
    { verb: 'check-index', key, index },
    { verb: 'delete-cas', key, index },
  ];
}

async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isConsulError(error, 'CONSUL_AWAY', 'CONSUL_TIMEOUT', 'CONSUL_DENIED')) throw flagStoreUnavailable(error);
    throw error;
  }
}

/** The store is unavailable. Whether a write that failed so took effect is unknown until the flag is read again. */
function flagStoreUnavailable(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'flag_store_unavailable',
    detail: 'The store of the flags does not answer. Try again; read a flag that was to be written first.',
    headers: { 'retry-after': '1' },
    cause,
  });
}
