/**
 * Loaded with --require before the server, as the README of auto-instrumentations-node describes. That package no longer
 * instruments Fastify and refers to @fastify/otel, which is set up here as its own README describes.
 */
require('@opentelemetry/auto-instrumentations-node/register');

if (process.env.FASTIFY_OTEL !== 'off') {
  const { FastifyOtelInstrumentation } = require('@fastify/otel');
  new FastifyOtelInstrumentation({ registerOnInitialization: true });
}
