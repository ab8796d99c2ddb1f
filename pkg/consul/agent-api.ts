import { readBody } from './body.ts';
import type { CallOptions, ConsulClient } from './client.ts';
import { isConsulError } from './errors.ts';

/** https://developer.hashicorp.com/consul/api-docs/agent/service#register-service */
export interface ServiceRegistration {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  readonly check: {
    readonly http: string;
    readonly intervalMs: number;
    readonly timeoutMs: number;
    /** Whether to skip verifying the listener's certificate, which is issued for a host name, not for an IP address. */
    readonly tlsSkipVerify: boolean;
    /** At least one minute; Consul checks every 30 s. */
    readonly deregisterCriticalServiceAfterMs: number;
    /** Status until the first check has run. */
    readonly status: 'passing' | 'critical';
  };
}

/** The local agent's API: its node and the services registered with it. */
export interface ConsulAgentApi {
  /** Returns the agent's node. */
  self(options?: CallOptions): Promise<{ node: string }>;
  /** Creates or replaces a service. */
  register(registration: ServiceRegistration, options?: CallOptions): Promise<void>;
  /** Removes a service. Does nothing if the service does not exist. */
  deregister(id: string, options?: CallOptions): Promise<void>;
  /**
   * Looks up a service on this agent. With a hash, waits until the service no longer matches it, at most `waitMs`.
   *
   * @returns the service's hash, or `undefined` if this agent does not know the service.
   */
  service(
    id: string,
    options?: CallOptions & { hash?: string | undefined; waitMs?: number },
  ): Promise<string | undefined>;
}

export function createAgentApi(client: ConsulClient): ConsulAgentApi {
  return {
    async self(options = {}) {
      const description = { operation: "read the agent's node", rule: 'agent_prefix "" { policy = "read" }' };
      const { body } = await client.call(description, options, (consul, common) => consul.agent.self(common));
      const read = readBody(description.operation);
      const [self = {}] = read.objects(body);
      const [config = {}] = read.objects(Reflect.get(self, 'Config'));
      return { node: read.string(config, 'NodeName') };
    },

    async register({ check, tags, ...service }, options = {}) {
      const description = { operation: `register service ${service.id}`, rule: writeRule(service.name) };
      await client.call(description, options, (consul, common) =>
        consul.agent.service.register({
          ...service,
          tags: [...tags],
          check: {
            name: 'readiness',
            http: check.http,
            interval: `${check.intervalMs}ms`,
            timeout: `${check.timeoutMs}ms`,
            tlsskipverify: check.tlsSkipVerify,
            deregistercriticalserviceafter: `${check.deregisterCriticalServiceAfterMs}ms`,
            status: check.status,
          },
          ...common,
        }),
      );
    },

    async deregister(id, options = {}) {
      try {
        const description = { operation: `deregister service ${id}`, rule: 'service_prefix "" { policy = "write" }' };
        await client.call(description, options, (consul, common) => consul.agent.service.deregister({ id, ...common }));
      } catch (error) {
        if (!(isConsulError(error) && error.status === 404)) throw error;
      }
    },

    async service(id, { hash, waitMs, ...options } = {}) {
      const description = { operation: `read service ${id}`, rule: 'service_prefix "" { policy = "read" }' };
      try {
        const { headers } = await client.call(description, options, (consul, common) =>
          // The consul package has no method for this endpoint.
          requesterOf(consul)._get(
            {
              path: '/agent/service/{id}',
              params: { id },
              query: { ...(hash !== undefined && { hash, wait: `${waitMs}ms` }) },
              headers: common.token === undefined ? {} : { 'x-consul-token': common.token },
              timeout: common.timeout,
              ctx: common.ctx,
            },
            responseOf,
          ),
        );
        const found = headers['x-consul-contenthash'];
        return typeof found === 'string' ? found : '';
      } catch (error) {
        if (isConsulError(error) && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}

function writeRule(name: string): string {
  return `service "${name}" { policy = "write" }`;
}

interface PendingCall {
  err?: Error;
  res?: { body?: unknown };
}

interface Requester {
  _get(
    options: object,
    done: (call: PendingCall, next: (stop: false, error?: Error, result?: unknown) => void) => void,
  ): Promise<unknown>;
}

/** Returns the HTTP client (papi) that the package's methods use. It is missing from the package's types. */
function requesterOf(consul: object): Requester {
  if (!('_get' in consul) || typeof consul._get !== 'function') throw new TypeError('the consul package has no _get');
  return consul as Requester;
}

function responseOf(call: PendingCall, next: (stop: false, error?: Error, result?: unknown) => void): void {
  if (call.err) next(false, call.err);
  else next(false, undefined, [call.res, call.res?.body]);
}
