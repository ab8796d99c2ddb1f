import { evaluatePreconditions, type Preconditions } from '../../pkg/httpserver/conditional/preconditions.ts';
import type { ProblemError } from '../../pkg/httpserver/problem/problem.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import {
  expiryNotInFuture,
  flagContended,
  flagLimitReached,
  flagNotFound,
  invalidCursor,
  preconditionFailed,
  preconditionRequired,
} from './errors.ts';
import { DEFAULT_PAGE_SIZE, type Flag, type FlagInput, type FlagPage } from './model.ts';
import type { FlagStore, StoredFlag } from './store.ts';

/** What a write was, judged by the state it met: a PUT of an absent flag is a `create`, whatever its preconditions. */
export type WriteOperation = 'create' | 'update' | 'delete';

/**
 * How a write ended: `conflict` when its precondition was missing or did not hold, or others kept writing the flag;
 * `rejected` when there was no flag to delete or no room for one more.
 */
export type WriteResult = 'ok' | 'conflict' | 'rejected';

export interface FlagServiceDependencies {
  store: FlagStore;
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
  /** Called once for each valid write that the store answered; a store that fails is an error, not a result. */
  onWrite?: (operation: WriteOperation, result: WriteResult) => void;
}

export interface WrittenFlag extends StoredFlag {
  /** Whether the flag was absent before. */
  readonly created: boolean;
}

/** The rules of the flags resource. Its methods throw problems, as `errors.ts` lists them. */
export interface FlagService {
  /** One page in the order of the keys. `limit` is 1 to 100, default 20; `cursor` the `nextCursor` of the page before. */
  list(options: { limit?: number | undefined; cursor?: string | undefined }): Promise<FlagPage>;
  /** See {@link FlagStore.get} for `consistent`. */
  get(key: string, options?: { consistent?: boolean }): Promise<StoredFlag>;
  /** Creates the flag or, with an `If-Match` that holds, replaces it. */
  put(key: string, input: FlagInput, preconditions: Preconditions): Promise<WrittenFlag>;
  /** Deletes the flag; needs an `If-Match` that holds. */
  delete(key: string, preconditions: Preconditions): Promise<void>;
}

// A write that loses a race starts over with what the winner left. Then it nearly always fails its precondition; the
// rest (`If-Match: *`, a flag deleted just now) wins soon or leaves the client to try again.
const MAX_ATTEMPTS = 5;

export function createFlagService({ store, now = Date.now, onWrite = () => {} }: FlagServiceDependencies): FlagService {
  function refused(operation: WriteOperation, result: WriteResult, problem: ProblemError): ProblemError {
    onWrite(operation, result);
    return problem;
  }

  return {
    async list({ limit = DEFAULT_PAGE_SIZE, cursor }): Promise<FlagPage> {
      const after = cursor === undefined ? undefined : decodeCursor(cursor);
      if (cursor !== undefined && after === undefined) throw invalidCursor();
      // One more than asked for tells whether there is a next page.
      const found = await store.list({ after, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return found.length > limit && last !== undefined ? { items, nextCursor: encodeCursor(last.key) } : { items };
    },

    async get(key, options): Promise<StoredFlag> {
      const stored = await store.get(key, options);
      if (stored === undefined) throw flagNotFound(key);
      return stored;
    },

    async put(key: string, input: FlagInput, preconditions: Preconditions): Promise<WrittenFlag> {
      // Not `<=`: for a leap second, valid in RFC 3339, Date.parse gives NaN, and such a flag would never expire.
      if (input.expiresAt !== undefined && !(Date.parse(input.expiresAt) > now())) throw expiryNotInFuture();
      for (let attempt = 1; ; attempt += 1) {
        const current = await store.get(key, { consistent: true });
        const operation = current === undefined ? 'create' : 'update';
        const problem = checkPreconditions(key, current, preconditions);
        if (problem !== undefined) throw refused(operation, 'conflict', problem);

        const version = (current?.flag.version ?? 0) + 1;
        const flag: Flag = { ...input, key, version, updatedAt: new Date(now()).toISOString() };
        const result = await store.put(flag, current ?? 'absent');
        if (result.outcome === 'stored') {
          onWrite(operation, 'ok');
          return { flag, revision: result.revision, created: current === undefined };
        }
        if (result.outcome === 'full') throw refused(operation, 'rejected', flagLimitReached());
        if (attempt === MAX_ATTEMPTS) throw refused(operation, 'conflict', flagContended(key));
      }
    },

    async delete(key: string, preconditions: Preconditions): Promise<void> {
      for (let attempt = 1; ; attempt += 1) {
        const current = await store.get(key, { consistent: true });
        if (current === undefined) throw refused('delete', 'rejected', flagNotFound(key));
        const problem = checkPreconditions(key, current, preconditions);
        if (problem !== undefined) throw refused('delete', 'conflict', problem);

        if ((await store.delete(key, current)) === 'deleted') {
          onWrite('delete', 'ok');
          return;
        }
        if (attempt === MAX_ATTEMPTS) throw refused('delete', 'conflict', flagContended(key));
      }
    },
  };
}

/** Why a write may not go ahead, if so. Only `If-Match` allows changing what exists: nothing else names a known state. */
function checkPreconditions(
  key: string,
  current: StoredFlag | undefined,
  preconditions: Preconditions,
): ProblemError | undefined {
  if (evaluatePreconditions(preconditions, current?.revision) !== 'met') return preconditionFailed(key);
  if (current !== undefined && preconditions.ifMatch === undefined) return preconditionRequired(key);
  return undefined;
}
