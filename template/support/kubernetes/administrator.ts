import { Agent, interceptors, request } from 'undici';

export interface AdministratorOptions {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

export interface ApiResponse {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read objects of many kinds.
  readonly body: any;
}

export interface TokenOptions {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Names a pod, created if missing. The audit log names it with each request; deleting it revokes the token. Default: none. */
  readonly pod?: string;
  /** Default: an hour. The API server rejects less than ten minutes. */
  readonly expirationSeconds?: number;
}

/** Calls the API server with full access. */
export interface Administrator {
  /**
   * Sends a request, and sends it again after a response with status 429, up to five times: a restarted API server
   * sends 429 for a custom resource until its storage has been read, even when `/readyz` is already 200. The path starts
   * with `/api` or `/apis`. A PATCH is a JSON merge patch unless `contentType` is set.
   */
  request(method: Method, path: string, body?: unknown, contentType?: string): Promise<ApiResponse>;
  /** Like {@link request}, but returns the body, and rejects unless the status is 2xx. */
  api(method: Method, path: string, body?: unknown, contentType?: string): Promise<ApiResponse['body']>;
  /** Creates a token of a service account, which must exist. */
  createToken(options: TokenOptions): Promise<string>;
  close(): Promise<void>;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

type Method = (typeof METHODS)[number];

/** Safe for every method: the API server has done nothing when it sends 429. */
const RETRY = { statusCodes: [429], errorCodes: [], methods: [...METHODS], throwOnError: false };

export function createAdministrator({ url, ca, token }: AdministratorOptions): Administrator {
  const agent = new Agent({ connect: { ca }, connections: 16 });
  const dispatcher = agent.compose(interceptors.retry(RETRY));

  const send: Administrator['request'] = async (method, path, content, contentType) => {
    const patchType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const { statusCode: status, body } = await request(`${url}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType ?? patchType },
      ...(content !== undefined && { body: JSON.stringify(content) }),
    });
    const text = await body.text();
    return { status, body: text.startsWith('{') ? JSON.parse(text) : text };
  };

  const api: Administrator['api'] = async (method, path, content, contentType) => {
    const { status, body } = await send(method, path, content, contentType);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${body.message ?? body}`);
    return body;
  };

  async function createToken({ namespace, serviceAccount, pod, expirationSeconds = 3600 }: TokenOptions) {
    const base = `/api/v1/namespaces/${namespace}`;
    const boundObjectRef = pod === undefined ? {} : { boundObjectRef: await ensurePod(base, pod, serviceAccount) };
    const spec = { audiences: [], expirationSeconds, ...boundObjectRef };
    const path = `${base}/serviceaccounts/${serviceAccount}/token`;
    const created = await api('POST', path, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
    return created.status.token;
  }

  async function ensurePod(base: string, name: string, serviceAccountName: string) {
    const containers = [{ name: 'controller', image: 'controller' }];
    const pod = { metadata: { name }, spec: { serviceAccountName, containers } };
    const { status, body } = await send('POST', `${base}/pods`, pod);
    const { uid } = (status === 409 ? await api('GET', `${base}/pods/${name}`) : body).metadata;
    return { apiVersion: 'v1', kind: 'Pod', name, uid };
  }

  return { request: send, api, createToken, close: () => agent.destroy() };
}
