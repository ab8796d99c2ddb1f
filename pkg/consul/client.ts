import { EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import Consul from 'consul';
import { failOnBrokenResponse } from './broken-response.ts';
import { type CallDescription, ConsulError, toConsulError } from './errors.ts';

export interface ConsulClientOptions {
  /** Base URL of one agent, without a path: `http://127.0.0.1:8500`. */
  address: string;
  /** Default: the agent's own. */
  datacenter?: string | undefined;
  /** Default time limit of a call, in milliseconds. Default: 2000. */
  timeoutMs?: number;
  /** PEM, for `https`: the CA of the agent's certificate (default: Node's CAs), and the client certificate and key. */
  tls?: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined };
}

export interface ConsulClientDependencies {
  /** Called before each request. Default: no token. */
  token?: () => string | undefined;
}

export interface CallOptions {
  /** Aborts the call, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** In milliseconds. Default: the client's `timeoutMs`. */
  timeoutMs?: number | undefined;
}

/** Arguments that every method of the package accepts, although its types do not declare all of them. */
export interface CommonArguments {
  token?: string;
  dc?: string;
  timeout: number;
  ctx: EventEmitter;
}

export interface ConsulResponse {
  /** Decoded but not validated; `undefined` if there is no body. */
  readonly body: unknown;
  /** By lower-case name. */
  readonly headers: http.IncomingHttpHeaders;
}

/** One agent's HTTP API. The endpoints are in the files next to this one: `kv.ts`, `sessions.ts` … */
export interface ConsulClient {
  readonly address: string;
  /**
   * Makes one call within its time limit.
   *
   * @param invoke calls a method of the package with `common` and its own arguments.
   * @throws ConsulError, or the signal's reason.
   */
  call(
    description: CallDescription,
    options: CallOptions,
    invoke: (consul: Consul, common: CommonArguments) => Promise<unknown>,
  ): Promise<ConsulResponse>;
  /** Closes idle connections. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 2_000;

/** Concurrent connections. Keeps calls to a hanging agent from piling up connections; queued calls still time out. */
const MAX_SOCKETS = 128;

export function createConsulClient(
  { address, datacenter, timeoutMs: defaultTimeoutMs = DEFAULT_TIMEOUT_MS, tls = {} }: ConsulClientOptions,
  { token = () => undefined }: ConsulClientDependencies = {},
): ConsulClient {
  const { protocol, origin } = new URL(address);
  const agent =
    protocol === 'https:'
      ? new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, ...defined(tls) })
      : new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  // `baseUrl` is missing from the package's types. `defaults.timeout` is not set: it would end every blocking query.
  const options: ConstructorParameters<typeof Consul>[0] & { baseUrl: string } = { baseUrl: `${origin}/v1`, agent };
  const consul = new Consul(options);
  failOnBrokenResponse(consul);

  return {
    address: origin,
    async call(description, { signal, timeoutMs = defaultTimeoutMs }, invoke) {
      signal?.throwIfAborted();
      const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
      const onAbort = () => void ctx.emit('cancel');
      signal?.addEventListener('abort', onAbort, { once: true });
      const secret = token();
      const common = {
        timeout: timeoutMs,
        ctx,
        ...(secret !== undefined && { token: secret }),
        ...(datacenter !== undefined && { dc: datacenter }),
      };
      try {
        return responseOf(await invoke(consul, common), description);
      } catch (error) {
        signal?.throwIfAborted();
        throw toConsulError(error, description);
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
    close: () => agent.destroy(),
  };
}

/** With `includeResponse`, the package's methods resolve with the response and the body. */
function responseOf(result: unknown, { operation }: CallDescription): ConsulResponse {
  const [response, body]: unknown[] = Array.isArray(result) ? result : [];
  if (!(response instanceof http.IncomingMessage)) {
    throw new ConsulError('the consul package returned no response', { code: 'CONSUL_PROTOCOL', operation });
  }
  return { body, headers: response.headers };
}

function defined<T extends object>(options: T): Partial<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
