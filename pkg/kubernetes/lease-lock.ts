import type { KubernetesClient } from './client.ts';
import { isKubernetesError } from './errors.ts';
import { claimedSpec, type Lease, leases, releasedSpec } from './lease.ts';

export interface LeaseLockOptions {
  name: string;
  namespace: string;
  /** Must be unique: two processes with the same identity would both hold the lease. */
  identity: string;
  leaseDurationMs: number;
}

/** `conflict`: another client wrote the lease in between. Claim again to see who holds it. */
export type Claim = 'held' | 'held by another' | 'conflict';

/** The lease as one candidate sees it. Call its methods one after another. */
export interface LeaseLock {
  /** Acquires the lease or, if this candidate holds it, renews it. */
  claim(signal: AbortSignal): Promise<Claim>;
  /** Lets another candidate acquire the lease at once. Does nothing if this candidate does not hold it. */
  release(signal: AbortSignal): Promise<void>;
  /** The holder that was last seen. Empty if nobody holds the lease. */
  readonly holder: string;
}

/** How often a release is tried again when a delayed renewal of this candidate arrived in between. */
const MAX_RELEASES = 3;

/** Follows the algorithm of client-go (https://pkg.go.dev/k8s.io/client-go/tools/leaderelection). */
export function createLeaseLock(
  { name, namespace, identity, leaseDurationMs }: LeaseLockOptions,
  { client }: { client: KubernetesClient },
): LeaseLock {
  /** The last version seen, and when its spec was first seen. Times in a lease come from other clocks and do not count. */
  let seen: { lease: Lease; spec: string; atMs: number } | undefined;
  /** Whether `seen` is known to be the current version. */
  let isCurrent = false;
  /** Whether this candidate may hold the lease: a write without a response may have taken effect. */
  let mayHold = false;

  function see(lease: Lease): void {
    const spec = JSON.stringify(lease.spec);
    // The clock of `performance.now` stands still while the machine is suspended, which only prolongs the wait.
    const atMs = seen?.spec === spec ? seen.atMs : performance.now();
    seen = { lease, spec, atMs };
  }

  async function read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      const lease = await client.get(leases, name, { namespace, signal });
      see(lease);
      return lease;
    } catch (error) {
      if (!isKubernetesError(error, 'NotFound')) throw error;
      seen = undefined;
      return undefined;
    }
  }

  function isHeldByOther({ spec }: Lease): boolean {
    if (spec?.holderIdentity === undefined || spec.holderIdentity === '' || spec.holderIdentity === identity)
      return false;
    const { leaseDurationSeconds: seconds } = spec;
    return (
      seen === undefined || performance.now() - seen.atMs < (seconds === undefined ? leaseDurationMs : seconds * 1_000)
    );
  }

  async function write(send: () => Promise<Lease>): Promise<'held' | 'conflict'> {
    isCurrent = false;
    try {
      see(await send());
      isCurrent = true;
      return 'held';
    } catch (error) {
      if (isKubernetesError(error, 'Conflict', 'AlreadyExists', 'NotFound')) return 'conflict';
      throw error;
    }
  }

  return {
    async claim(signal) {
      const lease = isCurrent ? seen?.lease : await read(signal);
      if (lease !== undefined && isHeldByOther(lease)) {
        mayHold = false;
        return 'held by another';
      }
      mayHold = true;
      const spec = claimedSpec(lease?.spec, identity, leaseDurationMs);
      return write(() =>
        lease === undefined
          ? client.create(leases, { metadata: { name, namespace }, spec }, { signal })
          : client.replace(leases, { ...lease, spec }, { signal }),
      );
    },
    async release(signal) {
      for (let attempt = 1; mayHold && attempt <= MAX_RELEASES; attempt++) {
        const lease = await read(signal);
        const spec = lease?.spec;
        mayHold = spec?.holderIdentity === identity;
        if (lease === undefined || spec === undefined || !mayHold) return;
        const outcome = await write(() => client.replace(leases, { ...lease, spec: releasedSpec(spec) }, { signal }));
        if (outcome === 'held') mayHold = false;
      }
    },
    get holder() {
      return seen?.lease.spec?.holderIdentity ?? '';
    },
  };
}
