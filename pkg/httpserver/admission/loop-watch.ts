import { performance } from 'node:perf_hooks';

/**
 * How long the loop has to be late before it counts as behind, and nothing to be refused before that is over, in
 * milliseconds. A single stall (a garbage collection, the first requests of a process) is shorter and refuses nobody.
 */
const GRACE_MS = 250;

/** By how much the number of requests let in grows from turn to turn until the turns are as long as they may be. */
const GROWTH = 1.25;

export interface LoopWatch {
  /** Whether a request that came in at `now`, of `performance.now()`, must be refused. To be asked for each request. */
  refuses(now: number): boolean;
}

/**
 * Keeps the turns of the event loop short when there is more to do than can be done. A turn reads every socket that has
 * something to say, so who is read last, a probe too, has waited for all the others. When turns have been longer than
 * `limitMs` for {@link GRACE_MS}, the loop is behind: then a request is refused that is read in the second half of
 * `limitMs`, since a new connection is accepted in one turn and read in the next; and so are those over a number that is
 * adapted from turn to turn, for the work that is not done when the request is read but later, after an `await`.
 *
 * A timer cannot do this: it runs between the turns, when what makes a turn long has been let in already. The requests
 * drive the measure, so it costs nothing while there are none, and the immediate that ends a turn runs in that turn.
 */
export function createLoopWatch(limitMs: number): LoopWatch {
  const budgetMs = limitMs / 2;
  let watching = false;
  let another = false;
  let turnBegan = 0;
  let lateSince: number | undefined;
  let behind = false;
  let refusedAt = 0;
  let admitted = 0;
  let quota = 1;

  function onTurnEnd(): void {
    const now = performance.now();
    const turnMs = now - turnBegan;
    if (behind) adapt(turnMs);
    else if (turnMs > limitMs) markLate(now);
    else lateSince = undefined;
    turnBegan = now;
    admitted = 0;
    watching = another;
    another = false;
    if (watching) setImmediate(onTurnEnd);
  }

  function adapt(turnMs: number): void {
    if (turnMs > budgetMs) quota = Math.max(1, Math.floor((quota * budgetMs) / turnMs));
    else if (admitted >= quota) quota = Math.ceil(quota * GROWTH);
  }

  function markLate(now: number): void {
    lateSince ??= turnBegan;
    if (now - lateSince <= GRACE_MS) return;
    behind = true;
    refusedAt = now;
    quota = 1;
  }

  return {
    refuses(now) {
      if (watching) {
        another = true;
      } else {
        watching = true;
        turnBegan = now;
        setImmediate(onTurnEnd);
      }
      if (!behind && now - turnBegan > limitMs) markLate(now);
      if (!behind) return false;
      if (now - turnBegan > budgetMs || admitted >= quota) {
        refusedAt = now;
        return true;
      }
      admitted += 1;
      if (now - refusedAt > GRACE_MS) {
        behind = false;
        lateSince = undefined;
      }
      return false;
    },
  };
}
