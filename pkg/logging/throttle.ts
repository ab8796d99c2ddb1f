/** Limits how often a repeated warning is logged. */
export interface Throttle {
  /** Returns whether to log now: the first time, once per interval, and whenever the kind differs from the last one. */
  isDue(kind?: string): boolean;
  /** Makes the next warning due. */
  reset(): void;
}

/** @param intervalMs minimum time between two warnings of the same kind, in milliseconds. */
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
