import { hostname } from 'node:os';
import { type Backoff, createBackoff, pause } from '../retry/backoff.ts';
import { createAgentApi, type ServiceRegistration } from './agent-api.ts';
import type { ConsulClient } from './client.ts';
import { type ConsulLogger, createFailureLog } from './failure-log.ts';
import { findInstanceAddress } from './instance-address.ts';

export interface RegistrationOptions {
  /** The service's name. */
  name: string;
  tags: readonly string[];
  meta: Readonly<Record<string, string>>;
  /** Address at which others reach this instance. Default: see `findInstanceAddress`. */
  address?: string | undefined;
  podIp?: string | undefined;
  check: {
    /** Path on the admin listener. */
    path: string;
    intervalMs: number;
    timeoutMs: number;
    /** Whether the admin listener serves HTTPS. Its certificate is not verified, since it is not for an IP address. */
    tls: boolean;
    /** At least one minute; Consul checks every 30 s. */
    deregisterAfterMs: number;
  };
}

export interface RegistrationDependencies {
  client: ConsulClient;
  logger: ConsulLogger;
  /** Returns the ports of the listeners; called once the service is ready. */
  ports(): { service: number; admin: number };
  ready(): Promise<boolean>;
  /**
   * Delays between attempts. Default: 500 ms to 4 s with jitter, so that instances register within 5 s of an agent's
   * return, but not all at once.
   */
  backoff?: Backoff;
}

export interface Registration {
  /** Whether the service is known to be registered with the agent. */
  readonly registered: boolean;
  /** Health check: throws the reason if the service is not registered. */
  check(): void;
  /** Registers in the background once the service is ready, and again whenever the agent loses the registration. */
  start(): void;
  /** Stops registering, then deregisters. Gives up when the signal aborts. Never rejects. */
  deregister(signal: AbortSignal): Promise<void>;
}

/** How often readiness is polled before registering, in milliseconds. */
const READY_INTERVAL_MS = 250;

/** How long one blocking query waits for a change of the registration, in milliseconds. */
const WATCH_MS = 60_000;

/** Minimum time between two such queries, in milliseconds, however often the registration changes. */
const MIN_WATCH_INTERVAL_MS = 250;

/** Keeps a service registered with an agent (https://developer.hashicorp.com/consul/api-docs/agent/service). */
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
  /** The node of the first agent registered with. Registering with another one would create a second catalog entry. */
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
        `${client.address} now reaches another agent (node ${node}, previously ${homeNode}): not registering there`,
      );
    }
    // Not aborted by `deregister`: an aborted registration could still take effect after the deregistration.
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
        pause(MIN_WATCH_INTERVAL_MS, signal),
      ]);
      hash = next;
    }
    registered = false;
    reason = new Error('the agent no longer knows the service');
    logger.warn({ service_id: id, node }, 'the agent no longer knows the service: registering again');
  }

  async function describe(signal: AbortSignal): Promise<ServiceRegistration> {
    const { name, tags, meta, check } = options;
    const { service: port, admin } = ports();
    const { address: configured, podIp } = options;
    const address = await findInstanceAddress({ configured, podIp, agentAddress: client.address }, signal);
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
        // The service is ready at this point, so traffic need not wait for the first check.
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
    async deregister(signal) {
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
          'failed to deregister: Consul removes the service after its check has failed long enough',
        );
      }
    },
  };
}
