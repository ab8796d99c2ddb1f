/**
 * The row `bare`: Fastify with the route and its response schema, nothing else. Plain JavaScript, because to strip
 * types costs a process 50 ms of start, and the row is what others are compared with.
 */
import fastify from 'fastify';
import route from '../route.json' with { type: 'json' };

const flags = new Map([[route.flag.key, route.flag]]);
const app = fastify();
app.get(route.url, { schema: { response: { 200: route.responseSchema } } }, async (request) =>
  flags.get(request.params.key),
);
app.get('/readyz', async () => 'ok');
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
