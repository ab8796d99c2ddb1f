/**
 * The row `bare`: Fastify with the route and its response schema, nothing else. Plain JavaScript, because to strip
 * types costs a process 50 ms of start, and the row is what others are compared with.
 */
import fastify from 'fastify';
import route from '../route.json' with { type: 'json' };

const answer = { ...route.answer, node: process.version };
const app = fastify();
app.get(route.path, { schema: { response: { 200: route.responseSchema } } }, async () => answer);
app.get('/readyz', async () => 'ok');
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
