import { executionAsyncResource } from 'node:async_hooks';

let kept: unknown;

/**
 * Keeps one of the objects that `process.nextTick` creates for its callbacks, for as long as the process lives. V8 frees the
 * hidden class of these objects in a full collection if none of them exists at that moment, for example when no request
 * is in flight. Its code for `process.nextTick` then expects a class that never comes back and takes a slow path for
 * good: five times as long per call.
 */
export function keepTickShape(): void {
  if (kept !== undefined) return;
  process.nextTick(() => {
    kept = executionAsyncResource();
  });
}
