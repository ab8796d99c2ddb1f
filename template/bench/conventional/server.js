/** The row `conventional`: the usual packages, each set up as its README describes, with limits that are never reached. */
const fastify = require('fastify');
const route = require('../route.json');

async function main() {
  const app = fastify({ logger: true });
  await app.register(require('@fastify/helmet'));
  await app.register(require('@fastify/rate-limit'), { max: 1_000_000_000, timeWindow: '1 minute' });
  await app.register(require('@fastify/under-pressure'), {
    maxEventLoopDelay: 60_000,
    maxHeapUsedBytes: 1e12,
    maxRssBytes: 1e12,
    maxEventLoopUtilization: 1,
  });
  await app.register(require('fastify-metrics'), { endpoint: '/metrics' });

  const response = { ...route.response, node: process.version };
  app.get(route.path, { schema: { response: { 200: route.responseSchema } } }, async () => response);
  app.get('/readyz', { logLevel: 'silent' }, async () => 'ok');
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
