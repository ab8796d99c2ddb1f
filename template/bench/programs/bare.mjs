/**
 * The row `bare`: Fastify with the route and its response schema, and nothing else. It is plain JavaScript because stripping
 * types adds 50 ms to the start, and the other rows are compared with this one.
 */
import fastify from 'fastify';
import route from '../route.json' with { type: 'json' };

const response = { ...route.response, node: process.version };
const app = fastify();
app.get(route.path, { schema: { response: { 200: route.responseSchema } } }, async () => response);
app.get('/readyz', async () => 'ok');
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
