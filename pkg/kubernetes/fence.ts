import type { KubernetesClient, WriteOptions } from './client.ts';
import type { Leadership } from './leader-election.ts';

/** Thrown by writes of a process that no longer leads. The write was not sent. */
export class LeadershipLostError extends Error {
  readonly code = 'KUBERNETES_LEADERSHIP_LOST';

  constructor() {
    super('kubernetes: write not sent: this process no longer leads');
    this.name = 'LeadershipLostError';
  }
}

/**
 * Returns a client whose writes are only sent while the leadership is valid, for everything that only the leader may
 * write. The check runs when the connection is ready, immediately before each attempt is written to it, so a process that
 * was paused beyond its lease sends nothing once it continues.
 *
 * A write that has been sent cannot be recalled. Its call does not end with its signal but with the response, so that the
 * work ends, and the lease is released, after the write took effect. If leadership is lost, the call rejects; the write has
 * `leaseDurationMs - renewDeadlineMs` to take effect before another candidate can lead. A process may also be paused
 * between the check and the system call, and then sends that one request. Against both, write with a `resourceVersion`.
 */
export function createFencedClient(client: KubernetesClient, leadership: Leadership): KubernetesClient {
  function fenced<O extends WriteOptions>(options: O): O {
    return {
      ...options,
      signal: options.signal ?? leadership.signal,
      signalOnceSent: leadership.lost,
      beforeSend() {
        if (!leadership.valid()) throw new LeadershipLostError();
        options.beforeSend?.();
      },
    };
  }
  return {
    ...client,
    create: (resource, object, options = {}) => client.create(resource, object, fenced(options)),
    replace: (resource, object, options = {}) => client.replace(resource, object, fenced(options)),
    apply: (resource, object, options) => client.apply(resource, object, fenced(options)),
    patch: (resource, name, patch, options) => client.patch(resource, name, patch, fenced(options)),
    delete: (resource, name, options = {}) => client.delete(resource, name, fenced(options)),
  };
}
