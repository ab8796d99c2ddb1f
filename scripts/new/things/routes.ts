import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { problemResponses } from '../../../pkg/httpserver/problem/problem-schema.ts';
import {
  DEFAULT_PAGE_SIZE,
  MAX_PAGE_SIZE,
  type Thing,
  type ThingInput,
  type ThingPage,
  thingIdSchema,
  thingInputSchema,
  thingPageSchema,
  thingSchema,
} from './model.ts';
import type { ThingService } from './service.ts';

const tags = ['things'];
const params = Type.Object({ id: thingIdSchema });
const querystring = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE })),
  after: Type.Optional(Type.String({ format: 'uuid', maxLength: 36, description: 'The `next` of the previous page.' })),
});

/** Returns the routes of the things resource: `app.register(createThingsRoutes(service), { prefix: '/v1' })`. */
export function createThingsRoutes(service: ThingService): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.addSchema(thingSchema);
    app.addSchema(thingInputSchema);
    app.addSchema(thingPageSchema);

    app.get(
      '/things',
      {
        config: { access: 'things:read' },
        schema: {
          operationId: 'listThings',
          summary: 'List things, ordered by id',
          tags,
          querystring,
          response: {
            200: Type.Unsafe<ThingPage>(Type.Ref('ThingPage#', { description: 'A page of things' })),
            ...problemResponses(401, 403, 422, 500, 503),
          },
        },
      },
      (request) => service.list(request.query),
    );

    app.get(
      '/things/:id',
      {
        config: { access: 'things:read' },
        schema: {
          operationId: 'getThing',
          summary: 'Get the thing with this id',
          tags,
          params,
          response: {
            200: Type.Unsafe<Thing>(Type.Ref('Thing#', { description: 'The thing' })),
            ...problemResponses(401, 403, 404, 422, 500, 503),
          },
        },
      },
      (request) => service.get(request.params.id),
    );

    app.post(
      '/things',
      {
        config: { access: 'things:write' },
        schema: {
          operationId: 'createThing',
          summary: 'Create a new thing',
          tags,
          body: Type.Unsafe<ThingInput>(Type.Ref('ThingInput#')),
          response: {
            201: Type.Unsafe<Thing>(
              Type.Ref('Thing#', {
                description: 'The created thing',
                headers: {
                  Location: Type.String({ format: 'uri-reference', description: 'Path of the created thing.' }),
                },
              }),
            ),
            ...problemResponses(400, 401, 403, 413, 415, 422, 500, 503),
          },
        },
      },
      async (request, reply) => {
        const thing = await service.create(request.body);
        return reply.code(201).header('location', `${app.prefix}/things/${thing.id}`).send(thing);
      },
    );

    app.delete(
      '/things/:id',
      {
        config: { access: 'things:write' },
        schema: {
          operationId: 'deleteThing',
          summary: 'Delete the thing with this id',
          tags,
          params,
          response: {
            204: Type.Unsafe<undefined>(Type.Null({ description: 'The thing was deleted' })),
            ...problemResponses(400, 401, 403, 404, 413, 415, 422, 500, 503),
          },
        },
      },
      async (request, reply) => {
        await service.delete(request.params.id);
        return reply.code(204).send();
      },
    );
  };
}
