/**
 * A minimal domain for tests of the server around it: items in memory, by key, at `/v1/items`. It has the features that
 * requests exercise (pages, entity tags, preconditions, permissions, a counter) and nothing else.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { Domain } from '../../internal/app/domain.ts';
import { formatEntityTag } from '../../pkg/httpserver/conditional/entity-tag.ts';
import {
  evaluatePreconditions,
  MAX_ENTITY_TAGS_LENGTH,
  parsePreconditions,
} from '../../pkg/httpserver/conditional/preconditions.ts';
import { ProblemError } from '../../pkg/httpserver/problem/problem.ts';
import { problemResponses } from '../../pkg/httpserver/problem/problem-schema.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';

/** Permissions of the test roles on items, as a value of `auth.grants`. */
export const ITEM_GRANTS = 'admin=admin,items-reader=items:read,items-editor=items:read,items-editor=items:write';

const keySchema = Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 64 });
const input = {
  enabled: Type.Boolean(),
  description: Type.Optional(Type.String({ maxLength: 500 })),
};
const inputSchema = Type.Object(input, { $id: 'ItemInput', additionalProperties: false });
const itemSchema = Type.Object({ key: keySchema, version: Type.Integer(), ...input }, { $id: 'Item' });
type Item = Static<typeof itemSchema>;
type ItemInput = Static<typeof inputSchema>;

/** Keeps lists fast, and bounds the memory of a fuzzed process. */
const MAX_ITEMS = 1_000;

const params = Type.Object({ key: keySchema });
const headers = Type.Object({
  'If-Match': Type.Optional(Type.String({ maxLength: MAX_ENTITY_TAGS_LENGTH })),
  'If-None-Match': Type.Optional(Type.String({ maxLength: MAX_ENTITY_TAGS_LENGTH })),
});
const querystring = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
});

const READ = { access: 'items:read' };
const WRITE = { access: 'items:write' };
const item = (description: string) => Type.Unsafe<Item>(Type.Ref('Item#', { description }));
const nothing = (description: string) => Type.Unsafe<undefined>(Type.Null({ description }));

export function createItemsDomain({ metrics }: { metrics: Metrics }): Required<Pick<Domain, 'routes'>> {
  const writes = metrics.counter({ name: 'items_writes_total', help: 'Writes of items', labelNames: ['operation'] });
  return { routes: createRoutes((operation) => writes.inc({ operation })) };
}

function createRoutes(onWrite: (operation: string) => void): FastifyPluginAsyncTypebox {
  const items = new Map<string, Item>();

  /** Throws if the request's preconditions do not match the item's state, or if it would replace the item without any. */
  function checkWrite(current: Item | undefined, requestHeaders: Record<string, unknown>): void {
    const preconditions = parsePreconditions(requestHeaders);
    if (evaluatePreconditions(preconditions, current && tagOf(current)) !== 'met') throw failed();
    if (current === undefined || preconditions.ifMatch !== undefined) return;
    throw new ProblemError({ status: 428, code: 'precondition_required', detail: 'The item exists. Send If-Match.' });
  }

  return async (app) => {
    app.addSchema(inputSchema);
    app.addSchema(itemSchema);

    app.get(
      '/items',
      {
        config: READ,
        schema: {
          operationId: 'listItems',
          querystring,
          response: {
            200: Type.Object({ items: Type.Array(Type.Unsafe<Item>(Type.Ref('Item#'))) }, { description: 'A page' }),
            ...problemResponses(401, 403, 422, 500, 503),
          },
        },
      },
      async ({ query }) => ({ items: [...items.values()].slice(0, query.limit) }),
    );

    app.get(
      '/items/:key',
      {
        config: READ,
        schema: {
          operationId: 'getItem',
          params,
          headers,
          response: {
            200: item('The item'),
            304: nothing('The item still matches If-None-Match'),
            ...problemResponses(400, 401, 403, 404, 412, 414, 422, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const found = items.get(request.params.key);
        if (found === undefined) throw absent();
        const outcome = evaluatePreconditions(parsePreconditions(request.headers), tagOf(found));
        if (outcome === 'if-match-failed') throw failed();
        reply.header('etag', formatEntityTag(tagOf(found)));
        return outcome === 'met' ? reply.code(200).send(found) : reply.code(304).send();
      },
    );

    app.put(
      '/items/:key',
      {
        config: WRITE,
        schema: {
          operationId: 'putItem',
          params,
          headers,
          body: Type.Unsafe<ItemInput>(Type.Ref('ItemInput#')),
          response: {
            200: item('Replaced'),
            201: item('Created'),
            ...problemResponses(400, 401, 403, 409, 412, 413, 414, 415, 422, 428, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const { key } = request.params;
        const current = items.get(key);
        checkWrite(current, request.headers);
        if (current === undefined && items.size >= MAX_ITEMS) {
          throw new ProblemError({
            status: 409,
            code: 'item_limit_reached',
            detail: 'The maximum number of items has been reached.',
          });
        }
        const written = { ...request.body, key, version: (current?.version ?? 0) + 1 };
        items.set(key, written);
        onWrite(current === undefined ? 'create' : 'update');
        reply.header('etag', formatEntityTag(tagOf(written)));
        return reply.code(current === undefined ? 201 : 200).send(written);
      },
    );

    app.delete(
      '/items/:key',
      {
        config: WRITE,
        schema: {
          operationId: 'deleteItem',
          params,
          headers,
          response: {
            204: nothing('Deleted'),
            ...problemResponses(400, 401, 403, 404, 412, 413, 414, 415, 422, 428, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const current = items.get(request.params.key);
        if (current === undefined) throw absent();
        checkWrite(current, request.headers);
        items.delete(current.key);
        onWrite('delete');
        return reply.code(204).send();
      },
    );
  };
}

function tagOf({ key, version }: Item): string {
  return `${key}-${version}`;
}

function absent(): ProblemError {
  return new ProblemError({ status: 404, code: 'item_not_found', detail: 'The item does not exist.' });
}

function failed(): ProblemError {
  return new ProblemError({ status: 412, code: 'precondition_failed', detail: 'The item is in a different state.' });
}
