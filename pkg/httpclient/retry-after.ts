import type { HttpResponse } from './attempt.ts';
import { HttpClientError } from './errors.ts';
import type { Target } from './targets.ts';

/**
 * Returns the delay that `Retry-After` requests (RFC 9110 §10.2.3), in milliseconds. The header contains seconds or a
 * date; a past date is 0. Returns undefined if the header is missing or malformed.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number = Date.now(),
): number | undefined {
  const [value = ''] = [headers['retry-after']].flat();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Require the time zone of an HTTP date, because `Date.parse` accepts almost anything.
  const date = /GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Returns how long to wait before the next attempt on the same instance, in milliseconds. */
export function requestedPauseMs(outcome: HttpResponse | HttpClientError): number {
  return outcome instanceof HttpClientError ? 0 : (retryAfterMs(outcome.headers) ?? 0);
}

/** The pauses that instances requested during one call. A pause applies only to the instance that requested it. */
export interface Pauses {
  /** Records that an instance was tried and how long not to try it again. */
  note(origin: string, pauseMs: number): void;
  /** Returns the time until the first of the tried instances may be tried again, in milliseconds. */
  shortestMs(): number;
  /** Sorts instances by the end of their pause; instances without a pause keep their order. */
  sort(targets: readonly Target[]): Target[];
}

export function createPauses(): Pauses {
  const readyAt = new Map<string, number>();
  const readyOf = ({ origin }: Target) => readyAt.get(origin) ?? 0;
  return {
    note(origin, pauseMs) {
      readyAt.set(origin, pauseMs === 0 ? 0 : performance.now() + pauseMs);
    },
    shortestMs: () => Math.max(0, Math.min(...readyAt.values()) - performance.now()),
    sort: (targets) => targets.toSorted((a, b) => readyOf(a) - readyOf(b)),
  };
}
