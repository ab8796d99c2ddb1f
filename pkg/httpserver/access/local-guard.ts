import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';
import { hostNameOf } from '../connection/host-field.ts';
import type { Guard } from './access.ts';

export interface LocalGuardOptions {
  /**
   * Host names and addresses that a request may have in `Host`, in addition to localhost and the loopback addresses.
   */
  allowedHosts: readonly string[];
}

/**
 * Peer addresses that only this machine can have. The rest of 127.0.0.0/8 is not local: a sidecar proxy forwards
 * requests from anywhere, with 127.0.0.6 as its address (Istio).
 */
const LOCAL_PEERS = new Set(['127.0.0.1', '::1']);

/**
 * Admits connections from this machine, such as those of `kubectl port-forward`.
 *
 * A browser on this machine also connects from here, on behalf of any page that it displays. Requests are therefore
 * rejected if their `Host` is not a name of this machine (DNS rebinding), or if `Origin` or `Sec-Fetch-Site` names
 * another site. Headers can only deny access: none of them admits a peer with another address.
 */
export function createLocalGuard({ allowedHosts }: LocalGuardOptions): Guard {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));

  return ({ socket, headers }) => {
    if (!LOCAL_PEERS.has(socket.remoteAddress ?? '')) {
      return rejection('not_local', 'Without authentication only clients on 127.0.0.1 and ::1 are admitted.');
    }
    const host = hostNameOf(headers.host ?? '');
    if (!isLocalHost(host) && !allowed.has(host)) {
      return rejection(
        'host_not_allowed',
        'Without authentication Host must be localhost, a loopback address or one of admin.allowedHosts.',
      );
    }
    return isSameOrigin(headers)
      ? { principal: undefined }
      : rejection('cross_site', 'Without authentication pages of other origins are not admitted.');
  };
}

/** The names that `kubectl port-forward` and a person at a terminal use for this machine. */
function isLocalHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Programs other than browsers send neither header (https://www.w3.org/TR/fetch-metadata/). */
function isSameOrigin({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || (URL.parse(origin)?.host ?? '') === URL.parse(`http://${host}`)?.host;
}

function rejection(code: string, detail: string): ReturnType<Guard> {
  return { rejected: code, problem: { status: 403, code, detail } };
}
