import { createBackoff } from './backoff.ts';
import type { ConsulClient } from './client.ts';
import { type ConsulLogger, createFailureLog } from './failure-log.ts';
import { createKv, type KvOperation } from './kv.ts';
import { keepSession, untilFree, watchLock } from './lock-watch.ts';
import { pause } from './pause.ts';
import { createSessions } from './sessions.ts';

export interface LeaderElectionOptions {
  /** The key that is the lock; every candidate names the same one. */
  key: string;
  /** What is written to the key: who leads, for people. */
  candidate: string;
  /**
   * Milliseconds, 10,000 to 86,400,000. Default 15,000. How long a leader may lead without having been heard of. Consul
   * takes up to twice that to notice, and the lock delay, until another is elected.
   */
  ttlMs?: number;
  /** Milliseconds, 0 to 60,000. Default 15,000. How long nobody leads after a leader was lost and did not resign. */
  lockDelayMs?: number;
}

export interface LeaderElectionDependencies {
  client: ConsulClient;
  logger: ConsulLogger;
}

/** One time of leading. */
export interface Leadership {
  /** Aborts the moment it is doubtful that it lasts: no renewal in time, the lock lost, or the stop. */
  readonly signal: AbortSignal;
  /**
   * To be put into every transaction that only a leader may make. A process that was paused cannot know that it no
   * longer leads; with this, Consul refuses what it still sends.
   */
  readonly fence: KvOperation;
}

export interface LeaderElection {
  readonly leading: boolean;
  /**
   * Stands for election, in the background. While elected, `onElected` runs; what it does has to end with the signal. If
   * it ends by itself, the candidate resigns and stands again. Call it once.
   */
  start(onElected: (leadership: Leadership) => Promise<void>): void;
  /** Ends the work, resigns, so that another can lead at once, and stops standing. Gives up when the signal aborts. */
  stop(signal: AbortSignal): Promise<void>;
}

/** While another leads, or during the lock delay: how often is tried although nothing is known to have changed. */
const RETRY_MS = 500;

/**
 * Election by the lock of a session: https://developer.hashicorp.com/consul/docs/dynamic-app-config/sessions/application-leader-election.
 * Without Consul nobody leads.
 */
export function createLeaderElection(
  { key, candidate, ttlMs = 15_000, lockDelayMs = 15_000 }: LeaderElectionOptions,
  { client, logger }: LeaderElectionDependencies,
): LeaderElection {
  const [kv, sessions] = [createKv(client), createSessions(client)];
  const failures = createFailureLog(`election ${key}`, logger);
  const backoff = createBackoff({ minMs: 500, maxMs: 4_000 });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let leading = false;
  /** What the stop may take: set when it begins. */
  let stopLimit: AbortSignal | undefined;

  async function stand(onElected: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await untilFree(kv, key, signal);
        await runFor(onElected, signal);
        failures.recovered();
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        failures.failed(error);
        await backoff.wait(signal);
      }
    }
  }

  /** Tries to be elected, and if so leads for as long as that lasts. */
  async function runFor(onElected: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
    const createdAt = performance.now();
    const session = await sessions.create({ name: key, ttlMs, lockDelayMs, signal });
    try {
      // A stop does not give this up: nobody would know whether it took effect.
      if (await kv.acquire(key, candidate, session)) await lead(onElected, session, createdAt, signal);
      else await pause(RETRY_MS * (0.5 + Math.random()), signal);
    } finally {
      await resign(session);
    }
  }

  async function lead(
    onElected: (leadership: Leadership) => Promise<void>,
    session: string,
    confirmedAt: number,
    signal: AbortSignal,
  ): Promise<void> {
    const lost = new AbortController();
    const done = new AbortController();
    const leadership = { signal: AbortSignal.any([signal, lost.signal]), fence: fenceOf(key, session) };
    const watching = AbortSignal.any([leadership.signal, done.signal]);
    const lose = (why: string): void => {
      if (lost.signal.aborted || done.signal.aborted) return;
      leading = false;
      logger.warn({ key, session, why }, 'leadership lost');
      lost.abort(new Error(`leadership of ${key} lost: ${why}`));
    };
    leading = true;
    logger.info({ key, session }, 'elected');
    const watches = [
      keepSession(sessions, { session, ttlMs, confirmedAt }, lose, watching),
      watchLock(kv, { key, session }, lose, watching),
    ];
    try {
      await onElected(leadership);
    } catch (error) {
      // Work that is told to end may well end by throwing that.
      if (!leadership.signal.aborted) logger.error({ err: error, key }, 'the work of the leader failed');
    } finally {
      leading = false;
      done.abort();
      await Promise.all(watches);
    }
    // Work that ends at once must not make elections without end.
    await pause(RETRY_MS, leadership.signal);
  }

  /** Releasing first: a session that is destroyed with its lock brings the lock delay on. */
  async function resign(session: string): Promise<void> {
    try {
      await kv.release(key, session, { signal: stopLimit });
      await sessions.destroy(session, { signal: stopLimit });
    } catch (error) {
      logger.warn({ err: error, key }, 'not resigned: the session ends by its time to live');
    }
  }

  return {
    get leading() {
      return leading;
    },
    start(onElected) {
      running = stand(onElected, stopping.signal);
    },
    async stop(signal) {
      stopLimit = signal;
      stopping.abort(new Error('stopping'));
      await running;
    },
  };
}

function fenceOf(key: string, session: string): KvOperation {
  return { verb: 'check-session', key, session };
}
