import { type Call, describeCall } from './call.ts';
import { KubernetesError, type KubernetesErrorCode } from './errors.ts';

export interface FailedResponse {
  readonly httpStatus: number;
  /** The body: a Status in JSON, or any text. */
  readonly text: string;
  /** The header `Retry-After`. The API server always sends seconds. */
  readonly retryAfter?: string | undefined;
  /** Where the credentials come from. */
  readonly credentials?: string | undefined;
}

/** Converts an error response. */
export function toStatusError(
  call: Call,
  { httpStatus: status, text, retryAfter, credentials }: FailedResponse,
): KubernetesError {
  const { reason = '', message = text } = parseStatus(text);
  const mayRetry = status === 429 || status === 503;
  const origin = status === 401 ? `; the credentials are those of ${credentials}` : '';
  return new KubernetesError(`${describeCall(call)}: ${status} ${explain(call, message)}${origin}`, {
    code: codeOf(status),
    status,
    // The API server has two names for the same state.
    reason: status === 410 ? 'Expired' : reason || (status === 404 ? 'NotFound' : ''),
    retryAfterMs:
      mayRetry && retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined,
  });
}

function codeOf(status: number): KubernetesErrorCode {
  if (status === 401 || status === 403) return 'KUBERNETES_DENIED';
  return status === 429 || status >= 500 ? 'KUBERNETES_UNAVAILABLE' : 'KUBERNETES_REJECTED';
}

const MAX_MESSAGE = 1_000;

/**
 * Adds the missing rule if RBAC denied the call. The verb is the API server's, because an apply that would create the
 * object also needs `create`. Admission rejects with Forbidden too, but then no rule helps.
 */
function explain({ resource, namespace, subresource }: Call, message: string): string {
  const text = message.trim().slice(0, MAX_MESSAGE);
  const verb = /cannot (\w+) resource/.exec(message)?.[1];
  if (verb === undefined) return text;
  const role = resource.namespaced && namespace ? `a Role in ${namespace}` : 'a ClusterRole';
  const target = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const rule = `{ apiGroups: ["${resource.group}"], resources: ["${target}"], verbs: ["${verb}"] }`;
  return `${text}; the missing rule, in ${role}: ${rule}`;
}

function parseStatus(text: string): { reason?: string; message?: string } {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && Reflect.get(body, 'kind') === 'Status' ? body : {};
  } catch {
    return {};
  }
}
