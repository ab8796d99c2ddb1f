/**
 * The row `busy`: bare Fastify that also computes for each request. `PUT /busy/8.5` sets for how many microseconds of CPU time.
 * It shows what a server that takes more CPU time owes to that alone, because the computation creates no garbage and does no
 * input or output.
 */
import fastify from 'fastify';
import route from '../route.json' with { type: 'json' };

const STEPS = 10_000;
const state = new Int32Array(1);

function compute(steps) {
  let value = state[0];
  for (let step = 0; step < steps; step++) value = (Math.imul(value, 1103515245) + 12345) | 0;
  state[0] = value;
}

/** Returns how many steps take a microsecond: those of the fastest of many runs, which was not interrupted. */
function calibrate() {
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 2000; run++) {
    const start = performance.now();
    compute(STEPS);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return STEPS / (fastest * 1000);
}

const stepsPerMicrosecond = calibrate();
let steps = 0;
const response = { ...route.response, node: process.version };
const app = fastify();
app.get(route.path, { schema: { response: { 200: route.responseSchema } } }, async () => {
  compute(steps);
  return response;
});
app.put('/busy/:micros', async (request) => {
  steps = Math.round(Number(request.params.micros) * stepsPerMicrosecond);
  return steps;
});
app.get('/readyz', async () => 'ok');
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
