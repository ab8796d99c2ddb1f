import { beforeEach, describe, expect, test } from 'vitest';
import { type Preconditions, parsePreconditions } from '../../pkg/httpserver/conditional/preconditions.ts';
import type { FlagInput } from './model.ts';
import { createFlagService, type FlagService } from './service.ts';
import type { FlagStore } from './store.ts';
import { createMemoryFlagStore } from './stores/memory.ts';

const START_MS = Date.UTC(2026, 0, 1);
const NONE = parsePreconditions({});
const MUST_EXIST = parsePreconditions({ 'if-match': '*' });
const MUST_NOT_EXIST = parsePreconditions({ 'if-none-match': '*' });

function ifMatch(revision: string): Preconditions {
  return parsePreconditions({ 'if-match': `"${revision}"` });
}

let nowMs: number;
let store: FlagStore;
let writes: string[];
let service: FlagService;

beforeEach(() => {
  nowMs = START_MS;
  store = createMemoryFlagStore({ maxFlags: 5 }, { now: () => nowMs });
  writes = [];
  service = createServiceOn(store);
});

function createServiceOn(flagStore: FlagStore): FlagService {
  return createFlagService({
    store: flagStore,
    now: () => nowMs,
    onWrite: (operation, result) => writes.push(`${operation} ${result}`),
  });
}

/** Creates a service that calls `interfere` between its read and its write, the first `times` times. */
function createRacingService(times: number, interfere: () => Promise<unknown>): FlagService {
  let left = times;
  return createServiceOn({
    ...store,
    async get(key) {
      const found = await store.get(key);
      if (left > 0) {
        left -= 1;
        await interfere();
      }
      return found;
    },
  });
}

async function createFlag(key = 'a', input: FlagInput = { enabled: true }) {
  const written = await service.put(key, input, NONE);
  writes = [];
  return written;
}

describe('put', () => {
  test('creates an absent flag as version 1', async () => {
    const written = await service.put('a', { enabled: true, description: 'd' }, NONE);

    expect(written).toEqual({
      created: true,
      revision: expect.any(String),
      value: { key: 'a', enabled: true, description: 'd', version: 1, updatedAt: '2026-01-01T00:00:00.000Z' },
    });
    expect(await service.get('a')).toEqual({ value: written.value, revision: written.revision });
    expect(writes).toEqual(['create ok']);
  });

  test('replaces the whole flag and increments its version when If-Match names its revision', async () => {
    const { revision } = await service.put('a', { enabled: true, description: 'd' }, NONE);
    nowMs += 1_000;
    const written = await service.put('a', { enabled: false }, ifMatch(revision));

    expect(written.created).toBe(false);
    expect(written.revision).not.toBe(revision);
    expect(written.value).toEqual({ key: 'a', enabled: false, version: 2, updatedAt: '2026-01-01T00:00:01.000Z' });
    expect(writes).toEqual(['create ok', 'update ok']);
  });

  test('rejects an update without If-Match', async () => {
    await createFlag();

    await expect(service.put('a', { enabled: false }, NONE)).rejects.toMatchObject({
      status: 428,
      code: 'precondition_required',
    });
    expect(writes).toEqual(['update conflict']);
  });

  test('rejects an update whose only precondition is an If-None-Match that names another state', async () => {
    await createFlag();
    const other = parsePreconditions({ 'if-none-match': '"x"' });

    await expect(service.put('a', { enabled: false }, other)).rejects.toMatchObject({ status: 428 });
  });

  test.each([
    [
      'If-Match names an older state',
      async () => {
        const { revision } = await createFlag();
        await service.put('a', { enabled: true }, ifMatch(revision));
        return ifMatch(revision);
      },
    ],
    ['If-Match is given and the flag is absent', async () => ifMatch('r-1')],
    ['If-Match is * and the flag is absent', async () => MUST_EXIST],
    [
      'If-None-Match is * and the flag exists',
      async () => {
        await createFlag();
        return MUST_NOT_EXIST;
      },
    ],
    [
      'If-Match holds but If-None-Match does not',
      async () => {
        const { revision } = await createFlag();
        return { ...ifMatch(revision), ifNoneMatch: MUST_NOT_EXIST.ifNoneMatch };
      },
    ],
  ])('fails its precondition when %s', async (_name, prepare) => {
    const preconditions = await prepare();
    writes = [];

    await expect(service.put('a', { enabled: false }, preconditions)).rejects.toMatchObject({
      status: 412,
      code: 'precondition_failed',
    });
    expect(writes).toEqual([expect.stringContaining('conflict')]);
  });

  test.each(['2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', '2026-06-30T23:59:60Z'])(
    'rejects the expiry %s: past, present or a leap second',
    async (expiresAt) => {
      await expect(service.put('a', { enabled: true, expiresAt }, NONE)).rejects.toMatchObject({
        status: 422,
        code: 'validation_failed',
        errors: [{ in: 'body', pointer: '/expiresAt' }],
      });
      expect(writes).toEqual([]);
    },
  );

  test('replaces an expired flag with a new one, and does not revive it with If-Match', async () => {
    const expired = await createFlag('a', { enabled: true, expiresAt: '2026-01-01T00:00:01Z' });
    nowMs += 1_000;

    await expect(service.get('a')).rejects.toMatchObject({ status: 404 });
    await expect(service.put('a', { enabled: true }, ifMatch(expired.revision))).rejects.toMatchObject({ status: 412 });
    expect(await service.put('a', { enabled: true }, MUST_NOT_EXIST)).toMatchObject({
      created: true,
      value: { version: 1 },
    });
  });

  test('is rejected when the store is full', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) await createFlag(key);

    await expect(service.put('f', { enabled: true }, NONE)).rejects.toMatchObject({
      status: 409,
      code: 'flag_limit_reached',
    });
    expect(writes).toEqual(['create rejected']);
  });

  test('passes on a failure of the store and does not count it', async () => {
    const failure = new Error('store is down');
    const failing = createServiceOn({ ...store, put: () => Promise.reject(failure) });

    await expect(failing.put('a', { enabled: true }, NONE)).rejects.toBe(failure);
    expect(writes).toEqual([]);
  });
});

describe('delete', () => {
  test('deletes the flag whose revision If-Match names', async () => {
    const { revision } = await createFlag();
    await service.delete('a', ifMatch(revision));

    await expect(service.get('a')).rejects.toMatchObject({ status: 404, code: 'flag_not_found' });
    expect(writes).toEqual(['delete ok']);
  });

  test('requires If-Match', async () => {
    await createFlag();

    await expect(service.delete('a', NONE)).rejects.toMatchObject({ status: 428, code: 'precondition_required' });
    expect(writes).toEqual(['delete conflict']);
  });

  test('fails its precondition when If-Match names another state', async () => {
    await createFlag();

    await expect(service.delete('a', ifMatch('x'))).rejects.toMatchObject({ status: 412, code: 'precondition_failed' });
    expect(writes).toEqual(['delete conflict']);
  });

  // RFC 9110 §13.2.1: preconditions are ignored when the response without them would not be a success.
  test('rejects an absent flag with 404, whatever the preconditions', async () => {
    for (const preconditions of [NONE, MUST_EXIST, ifMatch('x')]) {
      await expect(service.delete('a', preconditions)).rejects.toMatchObject({ status: 404, code: 'flag_not_found' });
    }
    expect(writes).toEqual(['delete rejected', 'delete rejected', 'delete rejected']);
  });
});

describe('a race', () => {
  test('lost by a creation does not overwrite the winner', async () => {
    const racing = createRacingService(1, () => store.put(someFlag('theirs'), 'absent'));

    await expect(racing.put('a', { enabled: false }, NONE)).rejects.toMatchObject({ status: 428 });
    expect(await store.get('a')).toMatchObject({ value: { description: 'theirs' } });
    expect(writes).toEqual(['update conflict']);
  });

  test('lost by a creation with If-None-Match: * fails its precondition', async () => {
    const racing = createRacingService(1, () => store.put(someFlag('theirs'), 'absent'));

    await expect(racing.put('a', { enabled: false }, MUST_NOT_EXIST)).rejects.toMatchObject({ status: 412 });
  });

  test('lost by an update fails its precondition', async () => {
    const mine = await createFlag();
    const racing = createRacingService(1, () => store.put(someFlag('theirs'), mine));

    await expect(racing.put('a', { enabled: false }, ifMatch(mine.revision))).rejects.toMatchObject({ status: 412 });
    expect(await store.get('a')).toMatchObject({ value: { description: 'theirs' } });
    expect(writes).toEqual(['update conflict']);
  });

  test('lost by a deletion fails its precondition', async () => {
    const mine = await createFlag();
    const racing = createRacingService(1, () => store.put(someFlag('theirs'), mine));

    await expect(racing.delete('a', ifMatch(mine.revision))).rejects.toMatchObject({ status: 412 });
    expect(await store.get('a')).toBeDefined();
  });

  test('between two deletions makes the second fail with 404', async () => {
    const mine = await createFlag();
    const racing = createRacingService(1, () => store.delete('a', mine));

    await expect(racing.delete('a', ifMatch(mine.revision))).rejects.toMatchObject({ status: 404 });
  });

  test('lost by an update with If-Match: * is retried on top of the winner', async () => {
    await createFlag();
    const racing = createRacingService(2, overwrite);
    const written = await racing.put('a', { enabled: false }, MUST_EXIST);

    expect(written).toMatchObject({ created: false, value: { enabled: false, version: 4 } });
    expect(writes).toEqual(['update ok']);
  });

  test('lost on every attempt ends with 503', async () => {
    await createFlag();
    const contended = { status: 503, code: 'flag_contended', headers: { 'retry-after': '1' } };

    await expect(createRacingService(100, overwrite).put('a', { enabled: false }, MUST_EXIST)).rejects.toMatchObject(
      contended,
    );
    await expect(createRacingService(100, overwrite).delete('a', MUST_EXIST)).rejects.toMatchObject(contended);
    expect(writes).toEqual(['update conflict', 'delete conflict']);
  });

  function someFlag(description: string, version = 1) {
    return { key: 'a', enabled: true, description, version, updatedAt: '2026-01-01T00:00:00Z' };
  }

  async function overwrite() {
    const current = await store.get('a');
    await store.put(someFlag('theirs', (current?.value.version ?? 0) + 1), current ?? 'absent');
  }
});

describe('list', () => {
  test('pages through all flags in order, with a cursor on all pages but the last', async () => {
    for (const key of ['d', 'b', 'a', 'c']) await createFlag(key);

    const first = await service.list({ limit: 2 });
    expect(first.items.map(({ key }) => key)).toEqual(['a', 'b']);
    const second = await service.list({ limit: 2, cursor: first.nextCursor });
    expect(second.items.map(({ key }) => key)).toEqual(['c', 'd']);
    expect(second).not.toHaveProperty('nextCursor');
  });

  test('resumes after the last key, whatever was written in between', async () => {
    await createFlag('a');
    const b = await createFlag('b');
    await createFlag('d');
    const { nextCursor } = await service.list({ limit: 2 });
    await service.delete('b', ifMatch(b.revision));
    await createFlag('0');
    await createFlag('c');

    const { items } = await service.list({ limit: 2, cursor: nextCursor });
    expect(items.map(({ key }) => key)).toEqual(['c', 'd']);
  });

  test('returns no cursor when all further flags have expired', async () => {
    await createFlag('a');
    await createFlag('b', { enabled: true, expiresAt: '2026-01-01T00:00:01Z' });
    nowMs += 1_000;

    expect(await service.list({ limit: 1 })).toEqual({ items: [expect.objectContaining({ key: 'a' })] });
  });

  test('returns an empty page when there are no flags', async () => {
    expect(await service.list({})).toEqual({ items: [] });
  });

  test('returns 20 flags by default', async () => {
    const large = createMemoryFlagStore();
    for (let index = 0; index < 21; index += 1) {
      await large.put({ key: `f${index}`, enabled: true, version: 1, updatedAt: '2026-01-01T00:00:00Z' }, 'absent');
    }

    const page = await createServiceOn(large).list({});
    expect(page.items).toHaveLength(20);
    expect(page).toHaveProperty('nextCursor');
  });

  test('rejects a cursor that it did not create', async () => {
    await expect(service.list({ cursor: 'x' })).rejects.toMatchObject({
      status: 422,
      code: 'validation_failed',
      errors: [{ in: 'query', pointer: '/cursor' }],
    });
  });
});
