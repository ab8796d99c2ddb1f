import type { Health } from '../../pkg/health/health.ts';
import type { Resolver } from '../../pkg/httpclient/targets.ts';
import type { HttpServer } from '../../pkg/httpserver/server.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Configuration } from '../config/config.ts';

/** An optional external system that the service uses. Each method is called once, in this order. */
export interface Integration<Offer = unknown> {
  /** Describes, for the configuration reference, where this integration's settings are stored. */
  readonly settings?: string;
  /**
   * Adds a layer of settings read from the external system. Called before anything else has started, even the log.
   *
   * @throws ConfigError to prevent the service from starting.
   */
  configure?(configuration: Configuration): Promise<void>;
  /** Returns undefined if the configuration does not enable the integration. */
  connect(context: IntegrationContext): Connection<Offer> | undefined | Promise<Connection<Offer> | undefined>;
}

/** What an integration can use. */
export interface IntegrationContext {
  configuration: Configuration;
  env: NodeJS.ProcessEnv;
  metrics: Metrics;
  logging: Logging;
}

/** What an integration adds to the service. */
export interface Connection<Offer = unknown> {
  /** What domains can use; their context has it under the integration's name. */
  readonly offer: Offer;
  /** Lets the HTTP client find other services by name. */
  readonly resolver?: Resolver;
  /** Creates an election among the replicas of this service. Each name has a leader of its own. */
  readonly elect?: (name: string) => Election;
  /** Started after the admin listener and before the domains. */
  readonly components?: readonly Component[];
  /** Returns what announces the running service, such as a registration. Started last, once the service is ready. */
  announce?(running: Running): readonly Component[];
}

/** Elects one of the replicas of this service. */
export interface Election {
  /** Calls `work` each time this replica is elected. It must end when the signal of its term aborts. */
  start(work: (term: Term) => Promise<void>): void;
  /** Ends the term, so that another replica can be elected. Gives up when the signal aborts. */
  stop(signal: AbortSignal): Promise<void>;
}

/** A period in which this replica leads. */
export interface Term<Fence = unknown> {
  /** Aborts when the term ends. */
  readonly signal: AbortSignal;
  /**
   * A condition to add to each write, so that it takes effect only during the term. Absent if the system that elects
   * cannot check conditions of writes.
   */
  readonly fence?: Fence;
}

/** The running service that an integration announces. */
export interface Running {
  health: Health;
  http: HttpServer;
  admin: HttpServer;
}
