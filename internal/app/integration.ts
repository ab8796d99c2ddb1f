import type { Health } from '../../pkg/health/health.ts';
import type { Resolver } from '../../pkg/httpclient/resolver.ts';
import type { HttpServer } from '../../pkg/httpserver/server.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Configuration } from '../config/config.ts';

/** An optional system that the service works with. Each method is called once, in this order. */
export interface Integration<Offer = unknown> {
  /** For the reference of the configuration: where the settings are that it offers. */
  readonly settings?: string;
  /**
   * Offers the configuration a layer that the system holds. Nothing has been started yet, not even the log.
   *
   * @throws ConfigError to keep the service from starting.
   */
  configure?(configuration: Configuration): Promise<void>;
  /** Returns undefined when the configuration does not enable it. */
  connect(context: IntegrationContext): Connection<Offer> | undefined;
}

/** What an integration is built from. */
export interface IntegrationContext {
  configuration: Configuration;
  env: NodeJS.ProcessEnv;
  metrics: Metrics;
  logging: Logging;
}

/** What an integration adds to the service. */
export interface Connection<Offer = unknown> {
  /** For the domains, which find it in their context under the integration's name. */
  readonly offer: Offer;
  /** Lets the HTTP client find other services by name. */
  readonly resolver?: Resolver;
  /** Started after the admin listener and before the domains. */
  readonly parts?: readonly Part[];
  /** Announces the service, with checks of its own: these are started last, once the service is ready. */
  announce?(running: Running): readonly Part[];
}

/** The running service, as an integration announces it. */
export interface Running {
  health: Health;
  http: HttpServer;
  admin: HttpServer;
}
