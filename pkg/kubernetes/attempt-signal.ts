import type { Call } from './call.ts';

/** What ends one attempt of a call. */
export interface AttemptSignal {
  readonly signal: AbortSignal | undefined;
  /** From now on, `signalOnceSent` of the call applies, if there is one. */
  sent(): void;
  /** Removes the listeners, which would pile up on signals that outlive many calls. */
  ended(): void;
}

export function createAttemptSignal({
  signal,
  signalOnceSent,
}: Pick<Call, 'signal' | 'signalOnceSent'>): AttemptSignal {
  if (signalOnceSent === undefined) return { signal, sent() {}, ended() {} };
  const abort = new AbortController();
  let current = signal;

  function onAbort(): void {
    if (current?.aborted) abort.abort(current.reason);
  }

  signal?.addEventListener('abort', onAbort);
  signalOnceSent.addEventListener('abort', onAbort);
  return {
    signal: abort.signal,
    sent() {
      current = signalOnceSent;
      onAbort();
    },
    ended() {
      signal?.removeEventListener('abort', onAbort);
      signalOnceSent.removeEventListener('abort', onAbort);
    },
  };
}
