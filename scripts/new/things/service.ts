import { randomUUID } from 'node:crypto';
import { ProblemError } from '../../../pkg/httpserver/problem/problem.ts';
import { DEFAULT_PAGE_SIZE, type Thing, type ThingInput, type ThingPage } from './model.ts';
import type { ThingStore } from './store.ts';

export interface ThingServiceDependencies {
  store: ThingStore;
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
  /** Called after each successful write. */
  onWrite?: (operation: 'create' | 'delete') => void;
}

/** The business logic of the things resource. */
export interface ThingService {
  /** Returns one page, ordered by id. `limit` is 1 to 100, default 20; `after` is the `next` of the previous page. */
  list(options: { limit?: number | undefined; after?: string | undefined }): Promise<ThingPage>;
  /** @throws ProblemError 404 if the thing does not exist. */
  get(id: string): Promise<Thing>;
  create(input: ThingInput): Promise<Thing>;
  /** @throws ProblemError 404 if the thing does not exist. */
  delete(id: string): Promise<void>;
}

export function createThingService({
  store,
  now = Date.now,
  onWrite = () => {},
}: ThingServiceDependencies): ThingService {
  return {
    async list({ limit = DEFAULT_PAGE_SIZE, after }) {
      // One more than the limit, to find out whether there is a next page.
      const found = await store.list({ after, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return found.length > limit && last !== undefined ? { items, next: last.id } : { items };
    },

    async get(id) {
      const thing = await store.get(id);
      if (thing === undefined) throw thingNotFound(id);
      return thing;
    },

    async create(input) {
      const thing = { ...input, id: randomUUID(), createdAt: new Date(now()).toISOString() };
      await store.put(thing);
      onWrite('create');
      return thing;
    },

    async delete(id) {
      if (!(await store.delete(id))) throw thingNotFound(id);
      onWrite('delete');
    },
  };
}

function thingNotFound(id: string): ProblemError {
  return new ProblemError({ status: 404, code: 'thing_not_found', detail: `There is no thing with the id "${id}".` });
}
