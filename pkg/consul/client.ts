import { EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import Consul from 'consul';
import { failOnBrokenAnswer } from './broken-answer.ts';
import { type CallDescription, ConsulError, toConsulError } from './errors.ts';

export interface ConsulClientOptions {
  /** Base URL of one agent, without a path: `http://127.0.0.1:8500`. */
  address: string;
  /** Default: the agent's own. */
  datacenter?: string | undefined;
  /** How long a call may take, in milliseconds, unless it says otherwise. Default 2000. */
  timeoutMs?: number;
  /** PEM. For `https`: who has signed the agent's certificate (default: whom Node trusts), and who we are. */
  tls?: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined };
}

export interface ConsulClientDependencies {
  /** Asked before each call. Default: no token. */
  token?: () => string | undefined;
}

export interface CallOptions {
  /** Gives the call up; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds. Default: that of the client. */
  timeoutMs?: number | undefined;
}

/** What every method of the package takes, whatever its types say. */
export interface CommonArguments {
  token?: string;
  dc?: string;
  timeout: number;
  ctx: EventEmitter;
}

export interface Answer {
  /** Decoded, and not checked. `undefined` for none. */
  readonly body: unknown;
  /** By their names in lower case. */
  readonly headers: http.IncomingHttpHeaders;
}

/** One agent's HTTP API. What it can be asked for stands in the files beside this one: `kv.ts`, `sessions.ts` … */
export interface ConsulClient {
  readonly address: string;
  /**
   * Makes one call, within its time limit.
   *
   * @param invoke calls a method of the package with the given arguments and more.
   * @throws ConsulError, or the signal's reason.
   */
  call(
    description: CallDescription,
    options: CallOptions,
    invoke: (consul: Consul, common: CommonArguments) => Promise<unknown>,
  ): Promise<Answer>;
  /** Closes idle connections. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 2_000;

/** Connections at once. An agent that hangs is then not buried under more; what waits for one has its time limit. */
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
  // `baseUrl` is missing from the package's types. `defaults.timeout` is not used: it would end every blocking query.
  const options: ConstructorParameters<typeof Consul>[0] & { baseUrl: string } = { baseUrl: `${origin}/v1`, agent };
  const consul = new Consul(options);
  failOnBrokenAnswer(consul);

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
        return answerOf(await invoke(consul, common), description);
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

/** With `includeResponse` the package's methods resolve with the response and the body. */
function answerOf(result: unknown, { operation }: CallDescription): Answer {
  const [response, body]: unknown[] = Array.isArray(result) ? result : [];
  if (!(response instanceof http.IncomingMessage)) {
    throw new ConsulError('the package gave no response', { code: 'CONSUL_PROTOCOL', operation });
  }
  return { body, headers: response.headers };
}

function defined<T extends object>(options: T): Partial<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
