/**
 * Loaded with --require before the server, as the README of auto-instrumentations-node says. It has no Fastify
 * instrumentation of its own any more and points to @fastify/otel, which is wired as its README says.
 */
require('@opentelemetry/auto-instrumentations-node/register');

if (process.env.FASTIFY_OTEL !== 'off') {
  const { FastifyOtelInstrumentation } = require('@fastify/otel');
  new FastifyOtelInstrumentation({ registerOnInitialization: true });
}
