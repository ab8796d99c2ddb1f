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

/** The kind of write, by the state that it found: a PUT of an absent flag is a `create`, whatever its preconditions. */
export type WriteOperation = 'create' | 'update' | 'delete';

/**
 * Result of a write: `conflict` if a precondition was missing or failed, or if other writes kept winning; `rejected` if
 * the flag to delete does not exist or the store is full.
 */
export type WriteResult = 'ok' | 'conflict' | 'rejected';

export interface FlagServiceDependencies {
  store: FlagStore;
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
  /** Called once for each valid write, unless the store fails. */
  onWrite?: (operation: WriteOperation, result: WriteResult) => void;
}

export interface WrittenFlag extends StoredFlag {
  /** Whether the write created the flag. */
  readonly created: boolean;
}

/** The business logic of the flags resource. Its methods throw the problems that `errors.ts` lists. */
export interface FlagService {
  /** Returns one page, ordered by key. `limit` is 1 to 100, default 20; `cursor` is the previous page's `nextCursor`. */
  list(options: { limit?: number | undefined; cursor?: string | undefined }): Promise<FlagPage>;
  /** See {@link FlagStore.get} for `consistent`. */
  get(key: string, options?: { consistent?: boolean }): Promise<StoredFlag>;
  /** Creates the flag, or replaces it if `If-Match` matches. */
  put(key: string, input: FlagInput, preconditions: Preconditions): Promise<WrittenFlag>;
  /** Deletes the flag. Requires an `If-Match` that matches. */
  delete(key: string, preconditions: Preconditions): Promise<void>;
}

// A write that loses a race is retried against the new state. The retry nearly always fails its precondition. The
// exceptions (`If-Match: *`, a flag that was just deleted) soon succeed, or the client has to retry.
const MAX_ATTEMPTS = 5;

export function createFlagService({ store, now = Date.now, onWrite = () => {} }: FlagServiceDependencies): FlagService {
  function rejected(operation: WriteOperation, result: WriteResult, problem: ProblemError): ProblemError {
    onWrite(operation, result);
    return problem;
  }

  return {
    async list({ limit = DEFAULT_PAGE_SIZE, cursor }): Promise<FlagPage> {
      const after = cursor === undefined ? undefined : decodeCursor(cursor);
      if (cursor !== undefined && after === undefined) throw invalidCursor();
      // One more than the limit, to find out whether there is a next page.
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
      // `!(a > b)` rather than `a <= b`: Date.parse returns NaN for a leap second, which is valid in RFC 3339, and a flag
      // with such an expiry would never expire.
      if (input.expiresAt !== undefined && !(Date.parse(input.expiresAt) > now())) throw expiryNotInFuture();
      for (let attempt = 1; ; attempt += 1) {
        const current = await store.get(key, { consistent: true });
        const operation = current === undefined ? 'create' : 'update';
        const problem = checkPreconditions(key, current, preconditions);
        if (problem !== undefined) throw rejected(operation, 'conflict', problem);

        const version = (current?.value.version ?? 0) + 1;
        const value: Flag = { ...input, key, version, updatedAt: new Date(now()).toISOString() };
        const result = await store.put(value, current ?? 'absent');
        if (result.outcome === 'stored') {
          onWrite(operation, 'ok');
          return { value, revision: result.revision, created: current === undefined };
        }
        if (result.outcome === 'full') throw rejected(operation, 'rejected', flagLimitReached());
        if (attempt === MAX_ATTEMPTS) throw rejected(operation, 'conflict', flagContended(key));
      }
    },

    async delete(key: string, preconditions: Preconditions): Promise<void> {
      for (let attempt = 1; ; attempt += 1) {
        const current = await store.get(key, { consistent: true });
        if (current === undefined) throw rejected('delete', 'rejected', flagNotFound(key));
        const problem = checkPreconditions(key, current, preconditions);
        if (problem !== undefined) throw rejected('delete', 'conflict', problem);

        if ((await store.delete(key, current)) === 'deleted') {
          onWrite('delete', 'ok');
          return;
        }
        if (attempt === MAX_ATTEMPTS) throw rejected('delete', 'conflict', flagContended(key));
      }
    },
  };
}

/**
 * Returns why the write must be rejected, if it must. Changing an existing flag requires `If-Match`: only that shows that
 * the client knows the current state.
 */
function checkPreconditions(
  key: string,
  current: StoredFlag | undefined,
  preconditions: Preconditions,
): ProblemError | undefined {
  if (evaluatePreconditions(preconditions, current?.revision) !== 'met') return preconditionFailed(key);
  if (current !== undefined && preconditions.ifMatch === undefined) return preconditionRequired(key);
  return undefined;
}
