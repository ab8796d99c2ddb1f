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

const preconditionHeaders = Type.Object({
  'If-Match': Type.Optional(
    Type.String({
      maxLength: MAX_ENTITY_TAGS_LENGTH,
      description: 'Entity tags, one of which the flag must have; or `*`.',
    }),
  ),
  'If-None-Match': Type.Optional(
    Type.String({
      maxLength: MAX_ENTITY_TAGS_LENGTH,
      description: 'Entity tags, none of which the flag may have; or `*`: it may not exist.',
    }),
  ),
});

const readHeaders = Type.Object({
  ...preconditionHeaders.properties,
  'Cache-Control': Type.Optional(
    Type.String({
      maxLength: 256,
      description: '`no-cache` asks for what every write before has left; otherwise it may be a moment old.',
    }),
  ),
});

const etag = Type.String({ description: 'Entity tag of this state of the flag, for If-Match and If-None-Match.' });
const location = Type.String({ format: 'uri-reference', description: 'Path of the new flag.' });

interface Answer {
  description: string;
  headers?: Record<string, TSchema>;
}

// An answer is the schema of its body, with the answer's own description and headers beside it. The other form, with
// the schema under `content`, would leave the type of what a handler sends unchecked.
function flagAnswer(answer: Answer) {
  return Type.Unsafe<Flag>(Type.Ref('Flag#', { ...answer }));
}

// `undefined` is what the compiler lets a handler send; the schema's `null` is how OpenAPI is told of no content.
function emptyAnswer(answer: Answer) {
  return Type.Unsafe<undefined>(Type.Null({ ...answer }));
}

/** The flags resource, to be registered under the version's prefix: `app.register(routes, { prefix: '/v1' })`. */
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
          summary: 'List flags by key, page by page',
          tags,
          querystring: Type.Object({
            limit: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: MAX_PAGE_SIZE,
                default: DEFAULT_PAGE_SIZE,
                description: 'Most flags in the page.',
              }),
            ),
            cursor: Type.Optional(
              Type.String({ maxLength: MAX_CURSOR_LENGTH, description: 'The `nextCursor` of the page before.' }),
            ),
          }),
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
          summary: 'Read a flag',
          tags,
          params,
          headers: readHeaders,
          response: {
            200: flagAnswer({ description: 'The flag', headers: { ETag: etag } }),
            304: emptyAnswer({
              description: 'The flag has an entity tag that If-None-Match names',
              headers: { ETag: etag },
            }),
            ...problemResponses(400, 401, 403, 404, 412, 414, 422, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const preconditions = parsePreconditions(request.headers);
        // RFC 9111 §5.2.1.4
        const consistent = /\bno-cache\b/i.test(request.headers['cache-control'] ?? '');
        const { flag, revision } = await service.get(request.params.key, { consistent });
        const outcome = evaluatePreconditions(preconditions, revision);
        if (outcome === 'if-match-failed') throw preconditionFailed(flag.key);
        reply.header('etag', formatEntityTag(revision));
        return outcome === 'met' ? reply.code(200).send(flag) : reply.code(304).send();
      },
    );

    app.put(
      '/flags/:key',
      {
        config: { access: 'flags:write' },
        schema: {
          operationId: 'putFlag',
          summary: 'Create a flag, or replace it with If-Match',
          tags,
          params,
          headers: preconditionHeaders,
          body: Type.Unsafe<FlagInput>(Type.Ref('FlagInput#')),
          response: {
            200: flagAnswer({ description: 'The flag, replaced', headers: { ETag: etag } }),
            201: flagAnswer({ description: 'The flag, created', headers: { ETag: etag, Location: location } }),
            ...problemResponses(400, 401, 403, 409, 412, 413, 414, 415, 422, 428, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const { key } = request.params;
        const { flag, revision, created } = await service.put(key, request.body, parsePreconditions(request.headers));
        reply.header('etag', formatEntityTag(revision));
        if (!created) return reply.code(200).send(flag);
        return reply.code(201).header('location', `${app.prefix}/flags/${key}`).send(flag);
      },
    );

    app.delete(
      '/flags/:key',
      {
        config: { access: 'flags:write' },
        schema: {
          operationId: 'deleteFlag',
          summary: 'Delete a flag',
          tags,
          params,
          headers: preconditionHeaders,
          response: {
            204: emptyAnswer({ description: 'The flag is gone' }),
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
