import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { HttpClient } from '../../pkg/httpclient/http-client.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Config } from '../config/config.ts';
import type { Consul } from './consul.ts';
import type { Version } from './version.ts';

/** What the service is built from, for a domain's wiring to pick from. */
export interface DomainContext {
  config: Config;
  self: Version;
  metrics: Metrics;
  logging: Logging;
  /** Asks other services. */
  client: HttpClient;
  /** Undefined when it is not enabled. */
  consul: Consul | undefined;
}

export interface Domain {
  /** Registered under `/v1`. */
  readonly routes: FastifyPluginAsyncTypebox;
  /** What runs beside them. */
  readonly parts?: readonly Part[];
}

export type CreateDomain = (context: DomainContext) => Domain;
