import { hostname } from 'node:os';
import { createAgentApi, type ServiceRegistration } from './agent-api.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import type { ConsulClient } from './client.ts';
import { type ConsulLogger, createFailureLog } from './failure-log.ts';
import { findInstanceAddress } from './instance-address.ts';
import { pause } from './pause.ts';

export interface RegistrationOptions {
  /** The service's name. */
  name: string;
  tags: readonly string[];
  meta: Readonly<Record<string, string>>;
  /** Address at which others reach this instance. Default: `podIp`, else see `findInstanceAddress`. */
  address?: string | undefined;
  podIp?: string | undefined;
  check: {
    /** Of the admin listener. */
    path: string;
    intervalMs: number;
    timeoutMs: number;
    /** Whether the admin listener serves HTTPS; its certificate is then not verified: it is not for an IP address. */
    tls: boolean;
    /** At least a minute; Consul looks every 30 s. */
    deregisterAfterMs: number;
  };
}

export interface RegistrationDependencies {
  client: ConsulClient;
  logger: ConsulLogger;
  /** The ports that are listened on; asked once the service is ready. */
  ports(): { service: number; admin: number };
  ready(): Promise<boolean>;
  /** Between attempts. Default: from 500 ms to 4 s, so that an agent's return is met within 5 s and not by all at once. */
  backoff?: Backoff;
}

export interface Registration {
  /** Whether the agent is known to have the service now. */
  readonly registered: boolean;
  /** Throws with the reason when it is not registered: for a health check. */
  check(): void;
  /** Registers in the background as soon as the service is ready, and again whenever the agent has forgotten it. */
  start(): void;
  /** Stops that, and then deregisters; gives up when the signal aborts. Never rejects. */
  withdraw(signal: AbortSignal): Promise<void>;
}

/** How often a service that is not ready is asked again, in milliseconds. */
const READY_INTERVAL_MS = 250;

/** How long the agent may take to say that nothing has changed, in milliseconds. */
const WATCH_MS = 60_000;

/** Least time between two such questions, however often something changes. */
const LEAST_WATCH_MS = 250;

/** https://developer.hashicorp.com/consul/api-docs/agent/service */
export function createRegistration(
  options: RegistrationOptions,
  { client, logger, ports, ready, backoff = createBackoff({ minMs: 500, maxMs: 4_000 }) }: RegistrationDependencies,
): Registration {
  const api = createAgentApi(client);
  const failures = createFailureLog('registration', logger);
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let registered = false;
  let reason: unknown = new Error('not registered yet');
  /** The node of the agent it was first registered with: another one's catalog would get a second entry. */
  let homeNode: string | undefined;
  let attemptedId: string | undefined;

  async function keepRegistered(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await untilReady(signal);
        await registerAndWatch(signal);
      } catch (error) {
        if (signal.aborted) return;
        registered = false;
        reason = error;
        failures.failed(error);
      }
      await backoff.wait(signal);
    }
  }

  async function untilReady(signal: AbortSignal): Promise<void> {
    while (!(await ready())) {
      await pause(READY_INTERVAL_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** Returns when the agent no longer knows the service. */
  async function registerAndWatch(signal: AbortSignal): Promise<void> {
    const registration = await describe(signal);
    const { id } = registration;
    attemptedId = id;
    const { node } = await api.self({ signal });
    if (homeNode !== undefined && node !== homeNode) {
      throw new Error(
        `the address ${client.address} now leads to another agent (node ${node}, was ${homeNode}): not registered there`,
      );
    }
    // Not given up by a stop: nobody would know whether it took effect before the deregistration, or will after it.
    await api.register(registration);
    homeNode = node;
    registered = true;
    backoff.reset();
    failures.recovered();
    logger.info(
      { service_id: id, address: registration.address, port: registration.port, node },
      'registered with Consul',
    );

    let hash = await api.service(id, { signal });
    while (hash !== undefined) {
      const [next] = await Promise.all([
        api.service(id, { hash, waitMs: WATCH_MS, timeoutMs: WATCH_MS * 1.1, signal }),
        pause(LEAST_WATCH_MS, signal),
      ]);
      hash = next;
    }
    registered = false;
    reason = new Error('the agent does not know the service any more');
    logger.warn({ service_id: id, node }, 'the agent has forgotten the service: registering again');
  }

  async function describe(signal: AbortSignal): Promise<ServiceRegistration> {
    const { name, tags, meta, check } = options;
    const { service: port, admin } = ports();
    const told = { told: options.address, podIp: options.podIp, agentAddress: client.address };
    const address = await findInstanceAddress(told, signal);
    const host = address.includes(':') ? `[${address}]` : address;
    return {
      id: `${name}-${hostname()}-${port}`,
      name,
      address,
      port,
      tags,
      meta,
      check: {
        http: `${check.tls ? 'https' : 'http'}://${host}:${admin}${check.path}`,
        intervalMs: check.intervalMs,
        timeoutMs: check.timeoutMs,
        tlsSkipVerify: check.tls,
        deregisterCriticalServiceAfterMs: check.deregisterAfterMs,
        // It is ready, or it would not be here: nobody has to wait for the first check.
        status: 'passing',
      },
    };
  }

  return {
    get registered() {
      return registered;
    },
    check() {
      if (!registered) throw new Error('not registered with Consul', { cause: reason });
    },
    start() {
      running = keepRegistered(stopping.signal);
    },
    async withdraw(signal) {
      stopping.abort();
      await running;
      registered = false;
      if (attemptedId === undefined) return;
      const id = attemptedId;
      try {
        await api.deregister(id, { signal });
        logger.info({ service_id: id }, 'deregistered from Consul');
      } catch (error) {
        logger.warn(
          { err: error, service_id: id },
          'not deregistered: Consul does it when the check has failed long enough',
        );
      }
    },
  };
}
