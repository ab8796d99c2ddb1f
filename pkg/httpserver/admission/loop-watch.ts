import { performance } from 'node:perf_hooks';

/**
 * How long turns must have been too long before the loop counts as behind, and how long no request must have been
 * rejected before it no longer does, in milliseconds. It is counted from when a turn is noticed to be too long, so a
 * single stall (a garbage collection, another process that has the CPU) causes no rejections, however long it is.
 */
const GRACE_MS = 250;

/**
 * A turn with at most as many requests is not too long, however long it takes: rejecting some of so few would hardly
 * shorten it. They wait because the process gets too little CPU or runs its code for the first time, not because of
 * load.
 */
const FEW = 16;

/** Factor by which the quota grows per turn until turns reach their maximum length. */
const GROWTH = 1.25;

export interface LoopWatch {
  /** Whether to reject a request received at `now` (`performance.now()`). Must be called for every request. */
  rejects(now: number): boolean;
}

/**
 * Keeps event loop turns short under overload. A turn reads every socket that has data, so the last request in a turn,
 * possibly a probe, has waited for all the others.
 *
 * Once turns of many requests have been longer than `limitMs` for {@link GRACE_MS}, the loop counts as behind. Requests
 * that are read after the first half of `limitMs` within a turn are then rejected. It is half, because a new connection
 * is accepted in one turn and read in the next. Requests above a quota are rejected too, because some do their work not
 * when they are read but later, after an `await`. The quota is adapted in every turn.
 *
 * A timer could not do this: it runs between turns, after the requests that make a turn long have been admitted.
 * Requests drive the measurement, so it costs nothing without requests. The immediate that ends a turn runs within that
 * turn.
 */
export function createLoopWatch(limitMs: number): LoopWatch {
  const budgetMs = limitMs / 2;
  let watching = false;
  let another = false;
  let turnStartedAt = 0;
  let lateSince: number | undefined;
  let behind = false;
  let rejectedAt = 0;
  let read = 0;
  let admitted = 0;
  let quota = 1;

  function onTurnEnd(): void {
    const now = performance.now();
    if (behind) adapt(now - turnStartedAt);
    else if (isLate(now)) markLate(now);
    else lateSince = undefined;
    turnStartedAt = now;
    read = 0;
    admitted = 0;
    watching = another;
    another = false;
    if (watching) setImmediate(onTurnEnd);
  }

  function adapt(turnMs: number): void {
    if (turnMs > budgetMs) quota = Math.max(1, Math.floor((quota * budgetMs) / turnMs));
    else if (admitted >= quota) quota = Math.ceil(quota * GROWTH);
  }

  function isLate(now: number): boolean {
    return read > FEW && now - turnStartedAt > limitMs;
  }

  function markLate(now: number): void {
    lateSince ??= now;
    if (now - lateSince <= GRACE_MS) return;
    behind = true;
    rejectedAt = now;
    quota = 1;
  }

  return {
    rejects(now) {
      if (watching) {
        another = true;
      } else {
        watching = true;
        turnStartedAt = now;
        setImmediate(onTurnEnd);
      }
      read += 1;
      if (!behind && isLate(now)) markLate(now);
      if (!behind) return false;
      if (now - turnStartedAt > budgetMs || admitted >= quota) {
        rejectedAt = now;
        return true;
      }
      admitted += 1;
      if (now - rejectedAt > GRACE_MS) {
        behind = false;
        lateSince = undefined;
      }
      return false;
    },
  };
}
