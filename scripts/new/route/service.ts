import { randomUUID } from 'node:crypto';
import { evaluatePreconditions, type Preconditions } from '../../../pkg/httpserver/conditional/preconditions.ts';
import { preconditionFailed, preconditionRequired, sampleThingNotFound } from './errors.ts';
import { DEFAULT_PAGE_SIZE, type SampleThing, type SampleThingInput, type SampleThingPage } from './model.ts';
import type { Expected, SampleThingStore, StoredSampleThing } from './store.ts';

export type WriteOperation = 'create' | 'update' | 'delete';

export interface SampleThingServiceDependencies {
  store: SampleThingStore;
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
  /** Called after each successful write. */
  onWrite?: (operation: WriteOperation) => void;
}

/** The business logic of the sample things resource. Its methods throw the problems that `errors.ts` lists. */
export interface SampleThingService {
  /** Returns one page, ordered by id. `limit` is 1 to 100, default 20; `cursor` is the previous page's `nextCursor`. */
  list(options: { limit?: number | undefined; cursor?: string | undefined }): Promise<SampleThingPage>;
  get(id: string): Promise<StoredSampleThing>;
  create(input: SampleThingInput): Promise<StoredSampleThing>;
  /** Replaces the sample thing. Requires an `If-Match` that matches. */
  put(id: string, input: SampleThingInput, preconditions: Preconditions): Promise<StoredSampleThing>;
  /** Deletes the sample thing. Requires an `If-Match` that matches. */
  delete(id: string, preconditions: Preconditions): Promise<void>;
}

export function createSampleThingService({
  store,
  now = Date.now,
  onWrite = () => {},
}: SampleThingServiceDependencies): SampleThingService {
  async function get(id: string): Promise<StoredSampleThing> {
    const stored = await store.get(id);
    if (stored === undefined) throw sampleThingNotFound(id);
    return stored;
  }

  /** Returns the current state. Only `If-Match` shows that the client knows it, so a change without one is rejected. */
  async function getForWrite(id: string, preconditions: Preconditions): Promise<StoredSampleThing> {
    const current = await get(id);
    if (evaluatePreconditions(preconditions, current.revision) !== 'met') throw preconditionFailed(id);
    if (preconditions.ifMatch === undefined) throw preconditionRequired(id);
    return current;
  }

  async function write(value: SampleThing, expected: Expected): Promise<StoredSampleThing> {
    const result = await store.put(value, expected);
    // Another write came between the read and this one.
    if (result.outcome === 'conflict') throw preconditionFailed(value.id);
    onWrite(expected === 'absent' ? 'create' : 'update');
    return { value, revision: result.revision };
  }

  const updatedAt = () => new Date(now()).toISOString();

  return {
    async list({ limit = DEFAULT_PAGE_SIZE, cursor }) {
      // One more than the limit, to find out whether there is a next page.
      const found = await store.list({ after: cursor, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return found.length > limit && last !== undefined ? { items, nextCursor: last.id } : { items };
    },

    get,

    async create(input) {
      return write({ ...input, id: randomUUID(), version: 1, updatedAt: updatedAt() }, 'absent');
    },

    async put(id, input, preconditions) {
      const current = await getForWrite(id, preconditions);
      return write({ ...input, id, version: current.value.version + 1, updatedAt: updatedAt() }, current);
    },

    async delete(id, preconditions) {
      const current = await getForWrite(id, preconditions);
      if ((await store.delete(id, current)) === 'conflict') throw preconditionFailed(id);
      onWrite('delete');
    },
  };
}
