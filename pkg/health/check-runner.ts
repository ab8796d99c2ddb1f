import { describeError } from '../errors/describe-error.ts';
import type { Check } from './check.ts';

export type Result = { passed: true } | { passed: false; reason: string };

/**
 * Creates a function that runs the check and never rejects. Concurrent callers share one call, and its result is cached
 * for `cacheMs`. A call that exceeds its time limit is a failure; no second call is made until it has settled, so that
 * probes do not pile up calls to a hanging dependency. `onResult` is called once per result, except for late ones.
 */
export function createCheckRunner(check: Required<Check>, onResult: (result: Result) => void): () => Promise<Result> {
  let current: { result: Promise<Result>; startedAt: number } | undefined;
  let last: { result: Result; expiresAt: number } | undefined;

  function start(): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>();
    const controller = new AbortController();

    function settle(result: Result): void {
      last = { result, expiresAt: performance.now() + check.cacheMs };
      resolve(result);
      onResult(result);
    }

    const timer = setTimeout(() => {
      const reason = `timed out after ${check.timeoutMs} ms`;
      // Settle before aborting, so that the reason is the time limit and not how the check reacts to its signal.
      settle({ passed: false, reason });
      controller.abort(new DOMException(`health check ${check.name} ${reason}`, 'TimeoutError'));
    }, check.timeoutMs);

    async function call(): Promise<void> {
      let result: Result;
      try {
        await check.check(controller.signal);
        result = { passed: true };
      } catch (error) {
        result = { passed: false, reason: describeError(error) };
      }
      clearTimeout(timer);
      current = undefined;
      // A result after the time limit is discarded: the next probe runs the check again.
      if (!controller.signal.aborted) settle(result);
    }

    current = { result: promise, startedAt: performance.now() };
    void call();
    return promise;
  }

  return async () => {
    const now = performance.now();
    if (last !== undefined && now < last.expiresAt) return last.result;
    if (current === undefined) return start();
    const runningMs = Math.round(now - current.startedAt);
    if (runningMs >= check.timeoutMs) return { passed: false, reason: `still running after ${runningMs} ms` };
    return current.result;
  };
}
