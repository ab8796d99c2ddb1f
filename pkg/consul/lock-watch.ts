import { followBlockingQuery } from './blocking-query.ts';
import type { ConsulKv } from './kv.ts';
import { pause } from './pause.ts';
import type { ConsulSessions } from './sessions.ts';

/** Waits until nobody holds the lock, as far as one can see. */
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
 * Renews three times in each time to live. Leadership is doubtful once the last renewal that succeeded was *sent* so
 * long ago that Consul may have ended the session: it counts from then, or later.
 */
export async function keepSession(
  sessions: ConsulSessions,
  { session, ttlMs, confirmedAt }: { session: string; ttlMs: number; confirmedAt: number },
  lose: (why: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let timer = setTimeout(() => {}, 0);
  const confirm = (sentAt: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => lose('not renewed in time'), sentAt + ttlMs - performance.now());
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
      // Away for a moment, perhaps: the timer says when that is too long.
      waitMs = ttlMs / 15;
    }
  }
  clearTimeout(timer);
}

/** Sees a lock that was lost before its time, because the agent's node failed or an operator ended the session. */
export async function watchLock(
  kv: ConsulKv,
  { key, session }: { key: string; session: string },
  lose: (why: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await followBlockingQuery(
    {
      query: (call) => kv.get(key, { ...call, consistent: call.blocking === undefined }),
      onValue(entry) {
        if (entry?.session !== session) lose('the lock is no longer held');
      },
      // Says nothing about the lock; the renewal finds out.
      onError() {},
    },
    signal,
  );
}
