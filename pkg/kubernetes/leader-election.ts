import { randomUUID } from 'node:crypto';
import { pause } from '../retry/backoff.ts';
import type { KubernetesClient } from './client.ts';
import type { ElectionMetrics } from './election-metrics.ts';
import { createFailureLog, type KubernetesLogger } from './failure-log.ts';
import { createLeaseLock } from './lease-lock.ts';
import { createLeaseTerm, type Instant, instant, type LeaseTerm } from './lease-term.ts';

export interface LeaseElectionOptions {
  /** Name of the Lease; all candidates use the same one. */
  name: string;
  /** Namespace of the Lease. Default: that of the connection. */
  namespace?: string | undefined;
  /** Written to the Lease, to show people who leads, with a random suffix that makes it unique. */
  identity: string;
  /** How long other candidates wait after the last renewal that they have seen, in milliseconds. Default: 15,000. */
  leaseDurationMs?: number;
  /** How long a leader leads after the last renewal that it sent, in milliseconds. Default: 10,000. */
  renewDeadlineMs?: number;
  /** Time between renewals, and minimum time between attempts to acquire the Lease, in milliseconds. Default: 2,000. */
  retryPeriodMs?: number;
}

export interface LeaseElectionDependencies {
  client: KubernetesClient;
  logger: KubernetesLogger;
  metrics?: ElectionMetrics | undefined;
}

/** A period of leadership. */
export interface Leadership {
  /**
   * Aborts as soon as leadership is in doubt: no renewal in time, the Lease lost, or `stop` called. Other candidates
   * acquire the Lease at least `leaseDurationMs - renewDeadlineMs` later, unless someone deletes or edits it.
   */
  readonly signal: AbortSignal;
  /**
   * Aborts when leadership is in doubt, but not when `stop` is called, only when it gives up. For requests that have been
   * sent, whose outcome must be known before the Lease is released.
   */
  readonly lost: AbortSignal;
  /**
   * Returns whether this process holds the Lease. Unlike the signal, it is right even in a process that was paused beyond
   * its lease and continues. Check it immediately before each write; `createFencedClient` does. After `stop`, it stays
   * true until the work has ended, which may still write what completes it.
   */
  valid(): boolean;
}

export interface LeaseElection {
  readonly leading: boolean;
  /**
   * Runs for election in the background and calls `onElected` when elected. The callback must end when its signal
   * aborts. If it ends earlier, the candidate resigns and runs again. Call `start` only once.
   */
  start(onElected: (leadership: Leadership) => Promise<void>): void;
  /** Ends the work, resigns so that another candidate can lead at once, and stops. Gives up when the signal aborts. */
  stop(signal: AbortSignal): Promise<void>;
}

/** Attempts are spread over this multiple of the retry period, as in client-go. */
const JITTER = 1.2;

/**
 * Elects a leader with a Lease of coordination.k8s.io/v1, which it reads and writes as client-go does.
 *
 * @throws RangeError unless leaseDurationMs > renewDeadlineMs > 1.2 × retryPeriodMs.
 */
export function createLeaseElection(
  {
    name,
    namespace,
    identity,
    leaseDurationMs = 15_000,
    renewDeadlineMs = 10_000,
    retryPeriodMs = 2_000,
  }: LeaseElectionOptions,
  { client, logger, metrics }: LeaseElectionDependencies,
): LeaseElection {
  if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > JITTER * retryPeriodMs))
    throw new RangeError('a lease needs leaseDurationMs > renewDeadlineMs > 1.2 × retryPeriodMs');
  const own = `${identity}_${randomUUID()}`;
  const lock = createLeaseLock(
    { name, namespace: namespace ?? client.namespace, identity: own, leaseDurationMs },
    { client },
  );
  const failures = createFailureLog(`election ${name}`, logger);
  const stopping = new AbortController();
  /** Ends all requests, including those of the work, when `stop` has to give up. */
  const givenUp = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let term: LeaseTerm | undefined;
  metrics?.observe(name, isLeading);

  function isLeading(): boolean {
    return term?.valid() ?? false;
  }

  /** Limits one request, so that a connection that hangs leaves time for another attempt. */
  function limit(): AbortSignal {
    return AbortSignal.any([givenUp.signal, AbortSignal.timeout(renewDeadlineMs / 2)]);
  }

  async function campaign(onElected: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const sentAt = instant();
      // Not aborted by `stop`: it would be unknown whether the Lease was acquired.
      if (await acquire()) await lead(onElected, sentAt, signal);
      await pause(retryPeriodMs * (1 + Math.random() * JITTER), signal);
    }
    await resign();
  }

  async function acquire(): Promise<boolean> {
    try {
      const claim = await lock.claim(limit());
      failures.recovered();
      return claim === 'held';
    } catch (error) {
      failures.failed(error);
      return false;
    }
  }

  async function lead(
    onElected: (leadership: Leadership) => Promise<void>,
    sentAt: Instant,
    signal: AbortSignal,
  ): Promise<void> {
    const current = createLeaseTerm({ name, deadlineMs: renewDeadlineMs, sentAt }, (reason) =>
      logger.warn({ lease: name, identity: own, reason }, 'leadership lost'),
    );
    const leadership: Leadership = {
      signal: AbortSignal.any([signal, current.lost]),
      lost: AbortSignal.any([givenUp.signal, current.lost]),
      valid: current.valid,
    };
    if (signal.aborted || !current.valid()) return current.end();
    const done = new AbortController();
    term = current;
    logger.info({ lease: name, identity: own }, 'elected');
    // Also while the work ends after `stop`, so that no other candidate starts earlier.
    const renewing = keepLease(current, AbortSignal.any([current.lost, done.signal]));
    try {
      await onElected(leadership);
    } catch (error) {
      // Once the signal has aborted, the work may end by throwing the signal's reason.
      if (!leadership.signal.aborted) logger.error({ err: error, lease: name }, 'leader task failed');
    } finally {
      term = undefined;
      done.abort();
      await renewing;
      current.end();
      await resign();
    }
  }

  /** Renews the lease until the signal aborts. */
  async function keepLease(current: LeaseTerm, signal: AbortSignal): Promise<void> {
    let waitMs = retryPeriodMs;
    while (!signal.aborted) {
      await pause(waitMs, signal);
      if (signal.aborted || !current.valid()) return;
      const sentAt = instant();
      waitMs = retryPeriodMs;
      try {
        const claim = await lock.claim(limit());
        if (claim === 'held') current.renewed(sentAt);
        else if (claim === 'held by another') current.lose(`the lease is held by ${lock.holder}`);
        else waitMs = retryPeriodMs / 10;
        failures.recovered();
      } catch (error) {
        // Possibly a short outage. The term decides when it has lasted too long.
        failures.failed(error);
      }
    }
  }

  async function resign(): Promise<void> {
    try {
      await lock.release(limit());
    } catch (error) {
      logger.warn({ err: error, lease: name }, 'failed to resign leadership: the lease will expire');
    }
  }

  return {
    get leading() {
      return isLeading();
    },
    start(onElected) {
      running = campaign(onElected, stopping.signal);
    },
    async stop(signal) {
      signal.addEventListener('abort', () => givenUp.abort(signal.reason), { once: true });
      stopping.abort(new Error('stopping'));
      await running;
    },
  };
}
