import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

/** A lock with an expiry (https://kubernetes.io/docs/concepts/architecture/leases/). */
export interface Lease extends KubernetesObject {
  readonly spec?: LeaseSpec;
}

export interface LeaseSpec {
  /** Absent or empty if nobody holds the lease. */
  readonly holderIdentity?: string;
  /** How long candidates wait after they have seen a renewal. */
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  /** Number of changes of the holder. */
  readonly leaseTransitions?: number;
}

export const leases: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** Returns the spec of a lease that the candidate acquires or, if it is the holder already, renews. */
export function claimedSpec(previous: LeaseSpec | undefined, identity: string, leaseDurationMs: number): LeaseSpec {
  const now = microTime(new Date());
  const isRenewal = previous?.holderIdentity === identity;
  const transitions = previous?.leaseTransitions ?? 0;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDurationMs / 1_000),
    acquireTime: (isRenewal ? previous.acquireTime : undefined) ?? now,
    renewTime: now,
    leaseTransitions: previous === undefined || isRenewal ? transitions : transitions + 1,
  };
}

/** Returns the spec of a lease that anyone may acquire at once. */
export function releasedSpec({ leaseTransitions = 0 }: LeaseSpec): LeaseSpec {
  const now = microTime(new Date());
  return { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions };
}

/** Formats a time as the API type MicroTime, which requires exactly six digits after the point. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
