import { pause } from '../retry/backoff.ts';
import { followBlockingQuery } from './blocking-query.ts';
import type { ConsulKv } from './kv.ts';
import type { ConsulSessions } from './sessions.ts';

/** Waits until no session appears to hold the lock. Acquiring it may still fail. */
export async function untilFree(kv: ConsulKv, key: string, signal: AbortSignal): Promise<void> {
  const found = Promise.withResolvers<void>();
  const done = new AbortController();
  await followBlockingQuery(
    {
      query: (call) => kv.get(key, call),
      onValue(entry) {
        if (entry?.session !== undefined) return;
        found.resolve();
        done.abort();
      },
      onError(error) {
        found.reject(error);
        done.abort();
      },
    },
    AbortSignal.any([signal, done.signal]),
  );
  signal.throwIfAborted();
  await found.promise;
}

/**
 * Renews a session three times per TTL. Calls `lose` when Consul may have expired the session, measured from when the
 * last successful renewal was *sent*: Consul counts the TTL from then or later.
 */
export async function keepSession(
  sessions: ConsulSessions,
  { session, ttlMs, confirmedAt }: { session: string; ttlMs: number; confirmedAt: number },
  lose: (reason: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let timer = setTimeout(() => {}, 0);
  const confirm = (sentAt: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => lose('session not renewed in time'), sentAt + ttlMs - performance.now());
  };
  confirm(confirmedAt);
  let waitMs = ttlMs / 3;
  while (!signal.aborted) {
    await pause(waitMs, signal);
    if (signal.aborted) break;
    const sentAt = performance.now();
    try {
      if (await sessions.renew(session, { signal })) confirm(sentAt);
      else lose('the session has ended');
      waitMs = ttlMs / 3;
    } catch {
      // Possibly a short outage: retry sooner. The timer decides when it has lasted too long.
      waitMs = ttlMs / 15;
    }
  }
  clearTimeout(timer);
}

/** Detects the loss of a lock before its TTL: the agent's node failed, or an operator ended the session. */
export async function watchLock(
  kv: ConsulKv,
  { key, session }: { key: string; session: string },
  lose: (reason: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await followBlockingQuery(
    {
      query: (call) => kv.get(key, { ...call, consistent: call.blocking === undefined }),
      onValue(entry) {
        if (entry?.session !== session) lose('the lock is no longer held');
      },
      // An error says nothing about the lock; a lost session is detected by its renewal.
      onError() {},
    },
    signal,
  );
}
