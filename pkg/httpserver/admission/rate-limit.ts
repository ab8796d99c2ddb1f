import { clientKey } from '../clients/client-key.ts';

export interface RateLimits {
  /** Requests of one client in a window. 0: no limit. */
  max: number;
  /** Length of the window in milliseconds. */
  windowMs: number;
}

export interface RateLimitOptions extends RateLimits {
  /**
   * Maximum number of clients counted in one window. Beyond it, the window ends early for all clients. Default:
   * 100,000, about 10 MB.
   */
  maxClients?: number;
}

export interface Allowance {
  allowed: boolean;
  /** Requests the client may send within {@link resetSeconds}. */
  remaining: number;
  /** Whole seconds until the window ends; for a rejected request, until one is accepted. At least 1. */
  resetSeconds: number;
}

export interface RateLimit {
  /** Value of the `RateLimit-Policy` field (draft-ietf-httpapi-ratelimit-headers-11); undefined without a limit. */
  readonly policy: string | undefined;
  /** Counts a request received at `now` (`performance.now()`). Rejected requests do not count. */
  take(address: string | undefined, now: number): Allowance;
  /** Changes the limits at run time. Counts are kept, unless the length of the window changes. */
  configure(limits: RateLimits): void;
  /** Entries in memory, at most two per client up to `maxClients`. */
  readonly size: number;
}

/**
 * Counts each client's requests in a sliding window: those of the current window plus the overlapping share of those of
 * the previous one.
 *
 * Two tables hold the counts. When a window ends or a table is full, the older table is dropped as a whole. So entries
 * need not expire individually, and memory is bounded for any number of clients. An attacker with more addresses than
 * fit gains nothing, because each address has its own quota anyway.
 */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const maxClients = options.maxClients ?? 100_000;
  let { max, windowMs } = options;
  let policy = policyOf(options);
  let startedAt = 0;
  let current = new Map<string, number>();
  let before = new Map<string, number>();

  function turnWindow(now: number): void {
    const elapsed = now - startedAt;
    if (elapsed < windowMs && current.size < maxClients) return;
    before = elapsed < 2 * windowMs ? current : new Map();
    current = new Map();
    startedAt = elapsed < windowMs || elapsed >= 2 * windowMs ? now : startedAt + windowMs;
  }

  /** Milliseconds until `used` requests of this window and `old` of the previous one leave room for one more. */
  function waitMs(used: number, old: number, elapsed: number): number {
    const inThisWindow = used < max;
    return inThisWindow
      ? windowMs * (1 - (max - used) / old) - elapsed
      : windowMs - elapsed + windowMs * (1 - max / used);
  }

  return {
    get policy() {
      return policy;
    },
    get size() {
      return current.size + before.size;
    },
    take(address, now) {
      turnWindow(now);
      const key = clientKey(address);
      const elapsed = now - startedAt;
      const used = current.get(key) ?? 0;
      const old = before.get(key) ?? 0;
      const left = max - used - old * (1 - elapsed / windowMs);
      if (left <= 0) return { allowed: false, remaining: 0, resetSeconds: secondsAfter(waitMs(used, old, elapsed)) };
      current.set(key, used + 1);
      return { allowed: true, remaining: Math.ceil(left) - 1, resetSeconds: secondsAfter(windowMs - elapsed) };
    },
    configure(limits) {
      if (limits.windowMs !== windowMs || limits.max === 0) {
        current = new Map();
        before = new Map();
      }
      ({ max, windowMs } = limits);
      policy = policyOf(limits);
    },
  };
}

function policyOf({ max, windowMs }: RateLimits): string | undefined {
  return max > 0 ? `"default";q=${max};w=${Math.ceil(windowMs / 1000)}` : undefined;
}

/** Returns the first whole second after a time in milliseconds. */
function secondsAfter(ms: number): number {
  return Math.floor(ms / 1000) + 1;
}
