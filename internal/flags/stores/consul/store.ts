import { randomBytes } from 'node:crypto';
import { isConsulError } from '../../../../pkg/consul/errors.ts';
import type { ConsulKv, KvEntry, KvOperation } from '../../../../pkg/consul/kv.ts';
import { mapOutage, type Outage } from '../../../../pkg/httpserver/problem/problem.ts';
import type { Term } from '../../../app/integration.ts';
import { type Flag, isExpired } from '../../model.ts';
import type { Expected, FlagStore, PutResult, StoredFlag } from '../../store.ts';
import { decodeFlag, encodeFlag, type FlagValue } from './value.ts';

export interface ConsulFlagStoreOptions {
  /** Prefix of the keys, with a trailing slash. */
  prefix: string;
  /**
   * Maximum number of flags. Default 1,000, because a list reads all of them. Concurrent creations may exceed it, by at
   * most their number.
   */
  maxFlags?: number;
}

export interface ConsulFlagStoreDependencies {
  kv: ConsulKv;
  /** Called once for each version of a key whose value is not a flag, which another program must have written. */
  onUnreadable?: (key: string) => void;
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
}

/**
 * Stores flags in Consul's KV store, shared by all replicas: one key per flag, written by compare-and-set on its
 * ModifyIndex, so that Consul's consensus orders concurrent writes. Rejects with a 503 problem if Consul is unavailable.
 */
export function createConsulFlagStore(
  { prefix, maxFlags = 1_000 }: ConsulFlagStoreOptions,
  { kv, onUnreadable = () => {}, now = Date.now }: ConsulFlagStoreDependencies,
): FlagStore<KvOperation> {
  const reported = new Set<string>();

  function report({ key, modifyIndex }: KvEntry): void {
    const state = `${modifyIndex} ${key}`;
    if (reported.has(state)) return;
    // Bounds the set, even if another program keeps writing such values.
    if (reported.size >= maxFlags) reported.clear();
    reported.add(state);
    onUnreadable(key);
  }

  async function read(
    key: string,
    consistent: boolean,
  ): Promise<{ entry: KvEntry; value: Flag; revision: string } | undefined> {
    const { value: entry } = await mapStoreErrors(() => kv.get(prefix + key, { consistent }));
    if (entry === undefined) return undefined;
    const decoded = decodeFlag(entry.value, key);
    if (decoded === undefined) throw new Error(`Consul key ${entry.key} does not contain a flag`);
    return { entry, value: decoded.flag, revision: revisionOf(entry.modifyIndex, decoded) };
  }

  async function readAll(): Promise<{ entry: KvEntry; flag: Flag }[]> {
    const { value: entries } = await mapStoreErrors(() => kv.list(prefix));
    return entries.flatMap((entry) => {
      const decoded = decodeFlag(entry.value, entry.key.slice(prefix.length));
      if (decoded === undefined) report(entry);
      return decoded === undefined ? [] : [{ entry, flag: decoded.flag }];
    });
  }

  async function write(flag: Flag, index: number): Promise<PutResult> {
    // If Consul loses its data, another write may get the same index. The nonce tells the two apart.
    const nonce = randomBytes(9).toString('base64url');
    const operation = { verb: 'cas', key: prefix + flag.key, value: encodeFlag({ flag, nonce }), index } as const;
    const [modifyIndex] = (await mapStoreErrors(() => kv.transact([operation]))) ?? [];
    return modifyIndex === undefined
      ? { outcome: 'conflict' }
      : { outcome: 'stored', revision: revisionOf(modifyIndex, { flag, nonce }) };
  }

  async function hasRoom(): Promise<boolean> {
    if ((await mapStoreErrors(() => kv.keys(prefix))).length < maxFlags) return true;
    const reclaimed = await reclaimExpired({ signal: new AbortController().signal });
    return reclaimed > 0;
  }

  async function reclaimExpired({ signal, fence }: Term<KvOperation>): Promise<number> {
    const expired = (await readAll()).filter(({ flag }) => isExpired(flag, now()));
    let reclaimed = 0;
    for (const { entry } of expired) {
      signal.throwIfAborted();
      const deletion = deletionOf(entry.key, entry.modifyIndex);
      const done = await mapStoreErrors(() =>
        kv.transact(fence === undefined ? deletion : [fence, ...deletion], { signal }),
      );
      if (done !== undefined) reclaimed += 1;
    }
    return reclaimed;
  }

  return {
    async get(key, { consistent = false } = {}): Promise<StoredFlag | undefined> {
      const found = await read(key, consistent);
      return found === undefined || isExpired(found.value, now())
        ? undefined
        : { value: found.value, revision: found.revision };
    },

    async list({ after, limit }): Promise<Flag[]> {
      const live = (await readAll()).map(({ flag }) => flag).filter((flag) => !isExpired(flag, now()));
      return live.filter(({ key }) => after === undefined || key > after).slice(0, limit);
    },

    async put(value: Flag, expected: Expected): Promise<PutResult> {
      if (expected !== 'absent') {
        const index = indexOf(expected.revision, now());
        return index === undefined ? { outcome: 'conflict' } : write(value, index);
      }
      if (!(await hasRoom())) return { outcome: 'full' };
      const result = await write(value, 0);
      if (result.outcome === 'stored') return result;
      const existing = await read(value.key, true);
      const isReplaceable = existing !== undefined && isExpired(existing.value, now());
      return isReplaceable ? write(value, existing.entry.modifyIndex) : result;
    },

    async delete(key, { revision }): Promise<'deleted' | 'conflict'> {
      const index = indexOf(revision, now());
      if (index === undefined) return 'conflict';
      return (await mapStoreErrors(() => kv.transact(deletionOf(prefix + key, index)))) === undefined
        ? 'conflict'
        : 'deleted';
    },

    reclaimExpired,
  };
}

/** Encodes the index and the expiry, so that a write can check the expected state without reading the flag again. */
function revisionOf(modifyIndex: number, { flag, nonce }: FlagValue): string {
  return `${modifyIndex}-${flag.expiresAt === undefined ? '' : Date.parse(flag.expiresAt)}-${nonce}`;
}

/** Returns the index to compare with, or undefined if the flag has expired or this is not a revision of such a store. */
function indexOf(revision: string, nowMs: number): number | undefined {
  const [, index, expiresAtMs = ''] = /^([1-9]\d*)-(\d*)-/.exec(revision) ?? [];
  if (index === undefined || (expiresAtMs !== '' && Number(expiresAtMs) <= nowMs)) return undefined;
  return Number(index);
}

/** `delete-cas` alone also succeeds if the key is already deleted, so two concurrent deletions would both succeed. */
function deletionOf(key: string, index: number): KvOperation[] {
  return [
    { verb: 'check-index', key, index },
    { verb: 'delete-cas', key, index },
  ];
}

const CONSUL_OUTAGE: Outage = {
  isOutage: (error) => isConsulError(error, 'CONSUL_UNAVAILABLE', 'CONSUL_TIMEOUT', 'CONSUL_DENIED'),
  code: 'flag_store_unavailable',
  // Whether a write took effect is unknown until the flag is read again.
  detail: 'The flag store is unavailable. If this was a write, read the flag again before retrying.',
  retryAfterSeconds: 1,
};

function mapStoreErrors<T>(call: () => Promise<T>): Promise<T> {
  return mapOutage(call, CONSUL_OUTAGE);
}
