/** A moment on two clocks. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function instant(): Instant {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

/**
 * Returns the time since an instant on the clock that advanced more, in milliseconds. The monotonic clock ignores steps
 * of the wall clock but stands still while the machine is suspended.
 */
function elapsedSinceMs({ monotonicMs, wallMs }: Instant): number {
  return Math.max(performance.now() - monotonicMs, Date.now() - wallMs);
}

/** A period during which this process holds a lease. */
export interface LeaseTerm {
  /** Aborts when the term is lost. */
  readonly lost: AbortSignal;
  /** Checks the clocks, because a process that was paused runs other callbacks before the timer of `lost`. */
  valid(): boolean;
  /** @param sentAt when the renewal was sent. Other candidates wait longer than the deadline from when they see it. */
  renewed(sentAt: Instant): void;
  lose(reason: string): void;
  /** Ends the term without losing it. */
  end(): void;
}

/**
 * @param options.deadlineMs how long a renewal lasts, in milliseconds.
 * @param onLost is called once, just before `lost` aborts.
 */
export function createLeaseTerm(
  { name, deadlineMs, sentAt }: { name: string; deadlineMs: number; sentAt: Instant },
  onLost: (reason: string) => void,
): LeaseTerm {
  const lost = new AbortController();
  let confirmedAt = sentAt;
  let ended = false;
  let timer: NodeJS.Timeout;

  function lose(reason: string): void {
    if (ended) return;
    end();
    onLost(reason);
    lost.abort(new Error(`leadership of ${name} lost: ${reason}`));
  }

  function end(): void {
    ended = true;
    clearTimeout(timer);
  }

  /** Loses an overdue term; otherwise starts the timer for the rest of the time. */
  function check(): void {
    clearTimeout(timer);
    const restMs = deadlineMs - elapsedSinceMs(confirmedAt);
    if (restMs <= 0) lose('lease not renewed in time');
    else timer = setTimeout(check, Math.ceil(restMs));
  }

  check();
  return {
    lost: lost.signal,
    valid() {
      if (!ended && elapsedSinceMs(confirmedAt) >= deadlineMs) lose('lease not renewed in time');
      return !ended;
    },
    renewed(at) {
      if (ended) return;
      confirmedAt = at;
      check();
    },
    lose,
    end,
  };
}
