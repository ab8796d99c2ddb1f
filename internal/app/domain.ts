import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { HttpClient } from '../../pkg/httpclient/http-client.ts';
import type { Tag } from '../../pkg/httpserver/openapi.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Config } from '../config/config.ts';
import type { Offers } from './connections.ts';
import type { Version } from './version.ts';

/** What a domain can use, including what the integrations offer. */
export interface DomainContext extends Offers {
  config: Config;
  self: Version;
  metrics: Metrics;
  logging: Logging;
  /** Sends requests to other services. */
  client: HttpClient;
}

export interface Domain {
  /** Registered under `/v1`. */
  readonly routes?: FastifyPluginAsyncTypebox;
  /** Describes the tags of the routes in the OpenAPI document. */
  readonly tags?: readonly Tag[];
  /** Background work that starts and stops with the service. */
  readonly components?: readonly Component[];
}

export type CreateDomain = (context: DomainContext) => Domain;
