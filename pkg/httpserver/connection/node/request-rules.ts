import type { IncomingMessage } from 'node:http';
import type { ProblemOptions } from '../../problem/problem.ts';
import { isValidHost } from '../host-field.ts';

const HOST_INVALID: ProblemOptions = {
  status: 400,
  code: 'host_invalid',
  detail: 'A request needs exactly one Host header with a host name or address and an optional port.',
};

const TARGET_INVALID: ProblemOptions = {
  status: 400,
  code: 'target_invalid',
  detail: 'The request target is neither a path nor an http or https URL without user information.',
};

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Checks what Node's parser accepts although RFC 9112 forbids it: versions other than 1.0 and 1.1
 * (https://github.com/nodejs/llhttp/issues/877), more than one `Host` or an invalid one (§3.2,
 * https://github.com/nodejs/node/issues/3094), transfer codings other than a single `chunked` (§6.1,
 * https://github.com/nodejs/llhttp/issues/120), and targets of the wrong form (§3.2).
 *
 * Rewrites a target in absolute-form to a path and puts its authority in place of `Host` (§3.2.2). Removes user
 * information from both, even if the request is rejected, so that it reaches no log or trace.
 *
 * @returns why the request must be rejected and its connection closed.
 */
export function checkRequest(request: IncomingMessage): ProblemOptions | undefined {
  const hostProblem = checkHost(request);
  const targetProblem = checkTarget(request);
  return checkVersion(request) ?? checkTransferCoding(request) ?? hostProblem ?? targetProblem;
}

function checkVersion({ httpVersion }: IncomingMessage): ProblemOptions | undefined {
  if (httpVersion === '1.1' || httpVersion === '1.0') return undefined;
  return { status: 505, code: 'version_not_supported', detail: 'This server supports HTTP/1.1 and HTTP/1.0.' };
}

function checkHost({ rawHeaders, headers, httpVersion }: IncomingMessage): ProblemOptions | undefined {
  const { host } = headers;
  if (host === undefined) {
    if (httpVersion !== '1.1') return undefined;
    return { status: 400, code: 'host_missing', detail: 'HTTP/1.1 needs a Host header.' };
  }
  if (isValidHost(host) && countHosts(rawHeaders) === 1) return undefined;
  delete headers.host;
  return HOST_INVALID;
}

/** Node keeps the first of several `Host` fields; a proxy may have used another one for routing. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

function checkTransferCoding({ headers, httpVersion }: IncomingMessage): ProblemOptions | undefined {
  const codings = headers['transfer-encoding']?.toLowerCase();
  if (codings === undefined || (codings === 'chunked' && httpVersion === '1.1')) return undefined;
  const isKnown = codings.split(',').every((coding) => ['', 'chunked'].includes(coding.trim()));
  // HTTP/1.0 has no transfer codings: a proxy may have ignored this one and framed the body differently.
  return isKnown || httpVersion !== '1.1'
    ? { status: 400, code: 'malformed_request', detail: 'The framing of the body is not valid.' }
    : {
        status: 501,
        code: 'transfer_coding_not_supported',
        detail: 'The only supported transfer coding is chunked.',
      };
}

function checkTarget(request: IncomingMessage): ProblemOptions | undefined {
  const { url = '', method, headers } = request;
  if (url.startsWith('/')) return undefined;
  if (url === '*') return method === 'OPTIONS' ? undefined : TARGET_INVALID;
  const [, authority, path = ''] = ABSOLUTE_FORM.exec(url) ?? [];
  request.url = path.startsWith('/') ? path : `/${path}`;
  if (authority === undefined || !isValidHost(authority)) return TARGET_INVALID;
  headers.host = authority;
  return undefined;
}
