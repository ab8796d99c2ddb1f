import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type TSchema, Type } from 'typebox';
import { formatEntityTag } from '../../../pkg/httpserver/conditional/entity-tag.ts';
import {
  evaluatePreconditions,
  MAX_ENTITY_TAGS_LENGTH,
  parsePreconditions,
} from '../../../pkg/httpserver/conditional/preconditions.ts';
import { problemResponses } from '../../../pkg/httpserver/problem/problem-schema.ts';
import { preconditionFailed } from './errors.ts';
import {
  DEFAULT_PAGE_SIZE,
  MAX_PAGE_SIZE,
  type SampleThing,
  type SampleThingInput,
  type SampleThingPage,
  sampleThingIdSchema,
  sampleThingInputSchema,
  sampleThingPageSchema,
  sampleThingSchema,
} from './model.ts';
import type { SampleThingService } from './service.ts';

const tags = ['sample-things'];
const params = Type.Object({ id: sampleThingIdSchema });
const body = Type.Unsafe<SampleThingInput>(Type.Ref('SampleThingInput#'));

const querystring = Type.Object({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_PAGE_SIZE,
      default: DEFAULT_PAGE_SIZE,
      description: 'Maximum number of sample things per page.',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ format: 'uuid', maxLength: 36, description: 'The `nextCursor` of the previous page.' }),
  ),
});

const entityTags = (description: string) =>
  Type.Optional(Type.String({ maxLength: MAX_ENTITY_TAGS_LENGTH, description }));
const headers = Type.Object({
  'If-Match': entityTags('Entity tags, one of which must be the current one; or `*`.'),
  'If-None-Match': entityTags('Entity tags, none of which may be the current one; or `*`.'),
});

const ETag = Type.String({ description: 'Entity tag of this state, for If-Match and If-None-Match.' });
const Location = Type.String({ format: 'uri-reference', description: 'Path of the created sample thing.' });

// A response is described by the schema of its body, plus the response's own description and headers. With the
// alternative form, which nests the schema under `content`, the compiler would not check what a handler sends.
function valueResponse(description: string, responseHeaders: Record<string, TSchema> = { ETag }) {
  return Type.Unsafe<SampleThing>(Type.Ref('SampleThing#', { description, headers: responseHeaders }));
}

// The type `undefined` lets a handler send no body; the schema `null` becomes a response without content in OpenAPI.
function emptyResponse(description: string, responseHeaders?: Record<string, TSchema>) {
  return Type.Unsafe<undefined>(Type.Null({ description, ...(responseHeaders && { headers: responseHeaders }) }));
}

/** Returns the routes of the sample things resource: `app.register(createSampleThingsRoutes(service), { prefix: '/v1' })`. */
export function createSampleThingsRoutes(service: SampleThingService): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.addSchema(sampleThingSchema);
    app.addSchema(sampleThingInputSchema);
    app.addSchema(sampleThingPageSchema);

    app.get(
      '/sample-things',
      {
        config: { access: 'sample-things:read' },
        schema: {
          operationId: 'listSampleThings',
          summary: 'List sample things, ordered by id',
          tags,
          querystring,
          response: {
            200: Type.Unsafe<SampleThingPage>(Type.Ref('SampleThingPage#', { description: 'A page of sample things' })),
            ...problemResponses(401, 403, 422, 500, 503),
          },
        },
      },
      (request) => service.list(request.query),
    );

    app.get(
      '/sample-things/:id',
      {
        config: { access: 'sample-things:read' },
        schema: {
          operationId: 'getSampleThing',
          summary: 'Get a sample thing',
          tags,
          params,
          headers,
          response: {
            200: valueResponse('The sample thing'),
            304: emptyResponse('The entity tag of the sample thing is listed in If-None-Match', { ETag }),
            ...problemResponses(400, 401, 403, 404, 412, 414, 422, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const { value, revision } = await service.get(request.params.id);
        const outcome = evaluatePreconditions(parsePreconditions(request.headers), revision);
        if (outcome === 'if-match-failed') throw preconditionFailed(value.id);
        reply.header('etag', formatEntityTag(revision));
        return outcome === 'met' ? reply.code(200).send(value) : reply.code(304).send();
      },
    );

    app.post(
      '/sample-things',
      {
        config: { access: 'sample-things:write' },
        schema: {
          operationId: 'createSampleThing',
          summary: 'Create a sample thing',
          tags,
          body,
          response: {
            201: valueResponse('The created sample thing', { ETag, Location }),
            ...problemResponses(400, 401, 403, 413, 415, 422, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const { value, revision } = await service.create(request.body);
        reply.header('etag', formatEntityTag(revision)).header('location', `${app.prefix}/sample-things/${value.id}`);
        return reply.code(201).send(value);
      },
    );

    app.put(
      '/sample-things/:id',
      {
        config: { access: 'sample-things:write' },
        schema: {
          operationId: 'putSampleThing',
          summary: 'Replace a sample thing (requires If-Match)',
          tags,
          params,
          headers,
          body,
          response: {
            200: valueResponse('The replaced sample thing'),
            ...problemResponses(400, 401, 403, 404, 412, 413, 414, 415, 422, 428, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const preconditions = parsePreconditions(request.headers);
        const { value, revision } = await service.put(request.params.id, request.body, preconditions);
        return reply.header('etag', formatEntityTag(revision)).send(value);
      },
    );

    app.delete(
      '/sample-things/:id',
      {
        config: { access: 'sample-things:write' },
        schema: {
          operationId: 'deleteSampleThing',
          summary: 'Delete a sample thing (requires If-Match)',
          tags,
          params,
          headers,
          response: {
            204: emptyResponse('The sample thing was deleted'),
            ...problemResponses(400, 401, 403, 404, 412, 413, 414, 415, 422, 428, 500, 503),
          },
        },
      },
      async (request, reply) => {
        await service.delete(request.params.id, parsePreconditions(request.headers));
        return reply.code(204).send();
      },
    );
  };
}
