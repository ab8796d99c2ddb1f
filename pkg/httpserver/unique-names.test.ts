import fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';
import { openApi } from './openapi.ts';

/** A plugin with a schema and a route that responds with it. */
function plugin(url: string, schema: TSchema, operationId?: string): FastifyPluginAsync {
  return async (app) => {
    app.addSchema(schema);
    const response = { 200: Type.Ref(`${Object(schema).$id}#`, { description: 'Found' }) };
    app.get(url, { schema: { ...(operationId !== undefined && { operationId }), response } }, async () => ({}));
  };
}

async function appWith(...plugins: FastifyPluginAsync[]): Promise<FastifyInstance> {
  const app = fastify();
  onTestFinished(() => app.close());
  await app.register(openApi, { title: 'test', version: '1' });
  for (const each of plugins) await app.register(each, { prefix: '/v1' });
  return app;
}

const named = (properties: Record<string, TSchema>) => Type.Object(properties, { $id: 'Item' });

test('different schemas of two plugins with the same $id are rejected, with a route of each', async () => {
  const app = await appWith(
    plugin('/orders', named({ a: Type.String() })),
    plugin('/invoices', named({ a: Type.Integer() })),
  );
  await expect(app.ready()).rejects.toThrow('GET /v1/orders and GET /v1/invoices both define the $id "Item"');
});

test('two routes with the same operationId are rejected', async () => {
  const [first, second] = [Type.Object({}, { $id: 'A' }), Type.Object({}, { $id: 'B' })];
  const app = await appWith(plugin('/orders', first, 'list'), plugin('/invoices', second, 'list'));
  await expect(app.ready()).rejects.toThrow('GET /v1/orders and GET /v1/invoices both define the operationId "list"');
});

test('a plugin without routes is named by its prefix', async () => {
  const app = await appWith(plugin('/orders', named({ a: Type.String() })), async (other) => {
    other.addSchema(named({}));
  });
  await expect(app.ready()).rejects.toThrow('GET /v1/orders and a plugin at /v1 both define the $id "Item"');
});

test('two plugins may add the same schema', async () => {
  const app = await appWith(
    plugin('/orders', named({ a: Type.String() }), 'listOrders'),
    plugin('/invoices', named({ a: Type.String() }), 'listInvoices'),
  );
  await app.ready();
  expect(app.swagger()).toHaveProperty('components.schemas', { Item: expect.anything() });
});
