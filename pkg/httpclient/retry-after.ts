import type { HttpAnswer } from './attempt.ts';
import { HttpClientError } from './errors.ts';
import type { Target } from './targets.ts';

/**
 * Milliseconds that a response asks a client to wait, by its `Retry-After` (RFC 9110 §10.2.3): seconds or a date, of
 * which a past one is 0. Undefined without one, or with one that is neither.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number = Date.now(),
): number | undefined {
  const [value = ''] = [headers['retry-after']].flat();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Without the time zone that an HTTP date has, `Date.parse` would take almost anything.
  const date = /GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Milliseconds that the outcome of an attempt asks for before the next one at the same instance. */
export function pauseOf(outcome: HttpAnswer | HttpClientError): number {
  return outcome instanceof HttpClientError ? 0 : (retryAfterMs(outcome.headers) ?? 0);
}

/** What the instances asked one call to wait. A pause holds for the instance that asked for it, not for the others. */
export interface Pauses {
  /** Notes that an instance was tried, and how long it is to be left alone. */
  note(origin: string, pauseMs: number): void;
  /** Milliseconds until the first of the instances that were tried may be tried again. */
  shortestMs(): number;
  /** The instances whose pause ends first come first; the others keep their order. */
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
