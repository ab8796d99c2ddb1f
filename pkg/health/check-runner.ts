import { describeError } from '../errors/describe-error.ts';
import type { Check } from './check.ts';

export type Result = { passed: true } | { passed: false; reason: string };

/**
 * Makes a function that answers for the check and never rejects. However many ask at once, one call is made; its
 * result is reused for `cacheMs` after it came. A call that outlives its time limit is a failure, and until it has
 * settled there is no second one: a dependency that hangs must not collect calls, one per probe. `onResult` is told of
 * each result that counts, once.
 */
export function createCheckRunner(check: Required<Check>, onResult: (result: Result) => void): () => Promise<Result> {
  let current: { result: Promise<Result>; startedAt: number } | undefined;
  let last: { result: Result; expiresAt: number } | undefined;

  function begin(): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>();
    const controller = new AbortController();

    function settle(result: Result): void {
      last = { result, expiresAt: performance.now() + check.cacheMs };
      resolve(result);
      onResult(result);
    }

    const timer = setTimeout(() => {
      const reason = `timed out after ${check.timeoutMs} ms`;
      // First the result, then the abort: the reason is the time limit, not how the check reacts to its signal.
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
      // What comes after the time limit is too late to count: the next probe asks afresh.
      if (!controller.signal.aborted) settle(result);
    }

    current = { result: promise, startedAt: performance.now() };
    void call();
    return promise;
  }

  return async () => {
    const now = performance.now();
    if (last !== undefined && now < last.expiresAt) return last.result;
    if (current === undefined) return begin();
    const runningMs = Math.round(now - current.startedAt);
    if (runningMs >= check.timeoutMs) return { passed: false, reason: `still running after ${runningMs} ms` };
    return current.result;
  };
}
