/** Says whether a warning that repeats is due again. */
export interface Throttle {
  /** Whether to log it now: the first time, then once in each interval, and when it is of another kind than the last. */
  isDue(kind?: string): boolean;
  /** Forgets the last one: the next is due. */
  reset(): void;
}

/** @param intervalMs the least time between two warnings of one kind. */
export function createThrottle(intervalMs: number, now: () => number = () => performance.now()): Throttle {
  let last: { kind: string | undefined; at: number } | undefined;
  return {
    isDue(kind) {
      const at = now();
      if (last !== undefined && last.kind === kind && at - last.at < intervalMs) return false;
      last = { kind, at };
      return true;
    },
    reset() {
      last = undefined;
    },
  };
}
