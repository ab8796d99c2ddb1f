import { createBackoff, pause } from '../retry/backoff.ts';
import type { ConsulClient } from './client.ts';
import { type ConsulLogger, createFailureLog } from './failure-log.ts';
import { createKv, type KvOperation } from './kv.ts';
import { keepSession, untilFree, watchLock } from './lock-watch.ts';
import { createSessions } from './sessions.ts';

export interface LeaderElectionOptions {
  /** The key that serves as the lock; all candidates use the same key. */
  key: string;
  /** Written to the key, to show people who leads. */
  candidate: string;
  /**
   * How long a leader leads without renewing its session, in milliseconds, 10,000 to 86,400,000. Default: 15,000.
   * It takes up to twice that time plus the lock delay until Consul lets another candidate lead.
   */
  ttlMs?: number;
  /** How long nobody leads after a leader failed without resigning, in milliseconds, 0 to 60,000. Default: 15,000. */
  lockDelayMs?: number;
}

export interface LeaderElectionDependencies {
  client: ConsulClient;
  logger: ConsulLogger;
}

/** A period of leadership. */
export interface Leadership {
  /** Aborts as soon as leadership is in doubt: no renewal in time, the lock lost, or `stop` called. */
  readonly signal: AbortSignal;
  /**
   * Must be part of every transaction that only the leader may make. A process that was paused cannot know that it no
   * longer leads; with the fence, Consul rejects its transactions.
   */
  readonly fence: KvOperation;
}

export interface LeaderElection {
  readonly leading: boolean;
  /**
   * Runs for election in the background and calls `onElected` when elected. The callback must end when its signal
   * aborts. If it ends earlier, the candidate resigns and runs again. Call `start` only once.
   */
  start(onElected: (leadership: Leadership) => Promise<void>): void;
  /** Ends the work, resigns so that another candidate can lead at once, and stops. Gives up when the signal aborts. */
  stop(signal: AbortSignal): Promise<void>;
}

/** Average delay between attempts to acquire the lock during the lock delay, in milliseconds. */
const RETRY_MS = 500;

/**
 * Elects a leader with a session lock
 * (https://developer.hashicorp.com/consul/docs/dynamic-app-config/sessions/application-leader-election).
 * While Consul is unavailable, nobody leads.
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
  /** Limits the requests made while stopping; set by `stop`. */
  let stopLimit: AbortSignal | undefined;

  async function campaign(onElected: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
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

  /** Tries to acquire the lock and, if elected, leads until leadership ends. */
  async function runFor(onElected: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
    const createdAt = performance.now();
    const session = await sessions.create({ name: key, ttlMs, lockDelayMs, signal });
    try {
      // Not aborted by `stop`: it would be unknown whether the lock was acquired.
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
    const lose = (reason: string): void => {
      if (lost.signal.aborted || done.signal.aborted) return;
      leading = false;
      logger.warn({ key, session, reason }, 'leadership lost');
      lost.abort(new Error(`leadership of ${key} lost: ${reason}`));
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
      // Once the signal has aborted, the work may end by throwing the signal's reason.
      if (!leadership.signal.aborted) logger.error({ err: error, key }, 'leader task failed');
    } finally {
      leading = false;
      done.abort();
      await Promise.all(watches);
    }
    // Prevents a tight loop of elections if the work ends immediately.
    await pause(RETRY_MS, leadership.signal);
  }

  /** Releases the lock first: destroying a session that holds a lock would start the lock delay. */
  async function resign(session: string): Promise<void> {
    try {
      await kv.release(key, session, { signal: stopLimit });
      await sessions.destroy(session, { signal: stopLimit });
    } catch (error) {
      logger.warn({ err: error, key }, 'failed to resign leadership: the session will expire');
    }
  }

  return {
    get leading() {
      return leading;
    },
    start(onElected) {
      running = campaign(onElected, stopping.signal);
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
