import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type TSchema, Type } from 'typebox';
import { formatEntityTag } from '../../pkg/httpserver/conditional/entity-tag.ts';
import {
  evaluatePreconditions,
  MAX_ENTITY_TAGS_LENGTH,
  parsePreconditions,
} from '../../pkg/httpserver/conditional/preconditions.ts';
import { problemResponses } from '../../pkg/httpserver/problem/problem-schema.ts';
import { MAX_CURSOR_LENGTH } from './cursor.ts';
import { preconditionFailed } from './errors.ts';
import {
  DEFAULT_PAGE_SIZE,
  type Flag,
  type FlagInput,
  type FlagPage,
  flagInputSchema,
  flagKeySchema,
  flagPageSchema,
  flagSchema,
  MAX_PAGE_SIZE,
} from './model.ts';
import type { FlagService } from './service.ts';

const tags = ['flags'];
const params = Type.Object({ key: flagKeySchema });
const body = Type.Unsafe<FlagInput>(Type.Ref('FlagInput#'));

const querystring = Type.Object({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_PAGE_SIZE,
      default: DEFAULT_PAGE_SIZE,
      description: 'Maximum number of flags per page.',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: MAX_CURSOR_LENGTH, description: 'The `nextCursor` of the previous page.' }),
  ),
});

const entityTags = (description: string) =>
  Type.Optional(Type.String({ maxLength: MAX_ENTITY_TAGS_LENGTH, description }));
const headers = Type.Object({
  'If-Match': entityTags(
    'Entity tags, one of which must be that of the flag; or `*`, which matches any existing flag.',
  ),
  'If-None-Match': entityTags(
    'Entity tags, none of which may be that of the flag; or `*`, which requires that the flag does not exist.',
  ),
});

const readHeaders = Type.Object({
  ...headers.properties,
  'Cache-Control': Type.Optional(
    Type.String({
      maxLength: 256,
      description:
        'With `no-cache`, the response reflects every write completed before; otherwise it may be stale for a moment.',
    }),
  ),
});

const ETag = Type.String({ description: 'Entity tag of the flag in this state, for If-Match and If-None-Match.' });
const Location = Type.String({ format: 'uri-reference', description: 'Path of the new flag.' });

// A response is described by the schema of its body, plus the response's own description and headers. With the
// alternative form, which nests the schema under `content`, the compiler would not check what a handler sends.
function valueResponse(description: string, responseHeaders: Record<string, TSchema> = { ETag }) {
  return Type.Unsafe<Flag>(Type.Ref('Flag#', { description, headers: responseHeaders }));
}

// The type `undefined` lets a handler send no body; the schema `null` becomes a response without content in OpenAPI.
function emptyResponse(description: string, responseHeaders?: Record<string, TSchema>) {
  return Type.Unsafe<undefined>(Type.Null({ description, ...(responseHeaders && { headers: responseHeaders }) }));
}

/** Returns the routes of the flags resource: `app.register(createFlagsRoutes(service), { prefix: '/v1' })`. */
export function createFlagsRoutes(service: FlagService): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.addSchema(flagSchema);
    app.addSchema(flagInputSchema);
    app.addSchema(flagPageSchema);

    app.get(
      '/flags',
      {
        config: { access: 'flags:read' },
        schema: {
          operationId: 'listFlags',
          summary: 'List flags, ordered by key',
          tags,
          querystring,
          response: {
            200: Type.Unsafe<FlagPage>(Type.Ref('FlagPage#', { description: 'A page of flags' })),
            ...problemResponses(401, 403, 422, 500, 503),
          },
        },
      },
      (request) => service.list(request.query),
    );

    app.get(
      '/flags/:key',
      {
        config: { access: 'flags:read' },
        schema: {
          operationId: 'getFlag',
          summary: 'Get a flag',
          tags,
          params,
          headers: readHeaders,
          response: {
            200: valueResponse('The flag'),
            304: emptyResponse('The entity tag of the flag is listed in If-None-Match', { ETag }),
            ...problemResponses(400, 401, 403, 404, 412, 414, 422, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const preconditions = parsePreconditions(request.headers);
        // RFC 9111 §5.2.1.4
        const consistent = /\bno-cache\b/i.test(request.headers['cache-control'] ?? '');
        const { value, revision } = await service.get(request.params.key, { consistent });
        const outcome = evaluatePreconditions(preconditions, revision);
        if (outcome === 'if-match-failed') throw preconditionFailed(value.key);
        reply.header('etag', formatEntityTag(revision));
        return outcome === 'met' ? reply.code(200).send(value) : reply.code(304).send();
      },
    );

    app.put(
      '/flags/:key',
      {
        config: { access: 'flags:write' },
        schema: {
          operationId: 'putFlag',
          summary: 'Create a flag, or replace an existing one (requires If-Match)',
          tags,
          params,
          headers,
          body,
          response: {
            200: valueResponse('The replaced flag'),
            201: valueResponse('The created flag', { ETag, Location }),
            ...problemResponses(400, 401, 403, 409, 412, 413, 414, 415, 422, 428, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const { key } = request.params;
        const { value, revision, created } = await service.put(key, request.body, parsePreconditions(request.headers));
        reply.header('etag', formatEntityTag(revision));
        if (!created) return reply.code(200).send(value);
        return reply.code(201).header('location', `${app.prefix}/flags/${key}`).send(value);
      },
    );

    app.delete(
      '/flags/:key',
      {
        config: { access: 'flags:write' },
        schema: {
          operationId: 'deleteFlag',
          summary: 'Delete a flag (requires If-Match)',
          tags,
          params,
          headers,
          response: {
            204: emptyResponse('The flag was deleted'),
            ...problemResponses(400, 401, 403, 404, 412, 413, 414, 415, 422, 428, 500, 503),
          },
        },
      },
      async (request, reply) => {
        await service.delete(request.params.key, parsePreconditions(request.headers));
        return reply.code(204).send();
      },
    );
  };
}
