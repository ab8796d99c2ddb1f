/**
 * Runs `body` with a signal that aborts after `limitMs`. Calls `onLimit` just before, so that it can log what is still
 * open. The limit has no effect unless `body` reacts to the signal, for instance with `settledOrAborted`.
 */
export async function withTimeLimit(
  limitMs: number,
  onLimit: () => void,
  body: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    onLimit();
    controller.abort(new DOMException(`time limit of ${limitMs} ms reached`, 'TimeoutError'));
  }, limitMs);
  try {
    await body(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits until `work` has settled, or until `graceMs` after the signal has aborted (after this call, if it had aborted
 * before), which gives `work` time to react to the abort. `work` must not reject.
 */
export async function settledOrAborted(work: Promise<void>, signal: AbortSignal, graceMs: number): Promise<void> {
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(giveUp, graceMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([work, givenUp]);
  signal.removeEventListener('abort', onAbort);
  clearTimeout(timer);
}
