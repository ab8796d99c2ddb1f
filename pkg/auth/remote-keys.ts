import { errors } from 'jose';
import type { Logger } from 'pino';
import { type KeySet, logLeftOut, parseKeySet } from './key-set.ts';
import { type KeySource, KeysUnavailableError } from './key-source.ts';

export interface RemoteKeysOptions {
  /** Answers with a JSON Web Key Set. Redirects are not followed. */
  url: string;
  /** Time for one fetch, in milliseconds. Default: 5 s. */
  timeoutMs?: number;
  /** After how long the keys are fetched again, in milliseconds. Default: 10 min. */
  maxAgeMs?: number;
  /** Least time between two fetches that tokens with unknown keys ask for, in milliseconds. Default: 30 s. */
  cooldownMs?: number;
}

export interface RemoteKeysDependencies {
  logger: Logger;
  onFetch?(result: 'success' | 'failure'): void;
}

/** A key set of more bytes than this is refused; those of the large issuers have about ten thousand. */
const MAX_BYTES = 1024 * 1024;

/** While there are no keys at all, nobody is let in: then it is tried this often, in milliseconds. */
const FIRST_RETRY_MS = 1000;

/** The keys of an issuer, fetched from it. While it is away the last good ones stay in use. */
export function createRemoteKeys(options: RemoteKeysOptions, dependencies: RemoteKeysDependencies): KeySource {
  const { url, timeoutMs = 5000, maxAgeMs = 600_000, cooldownMs = 30_000 } = options;
  const { logger, onFetch } = dependencies;
  let keys: KeySet | undefined;
  let generation = 0;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stopping = new AbortController();

  /** Never rejects; callers that come while a fetch is under way share it. */
  function refresh(): Promise<void> {
    pending ??= fetchOnce().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  async function fetchOnce(): Promise<void> {
    attemptedAt = performance.now();
    let delayMs = maxAgeMs;
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), stopping.signal]);
      const next = parseKeySet(await fetchText(url, signal));
      if (next.text !== keys?.text) {
        keys = next;
        generation += 1;
        logger.info({ url }, 'token keys in use');
        logLeftOut(logger, keys.leftOut, { url });
      }
      onFetch?.('success');
    } catch (error) {
      if (stopping.signal.aborted) return;
      delayMs = Math.min(keys ? cooldownMs : FIRST_RETRY_MS, maxAgeMs);
      onFetch?.('failure');
      logger.warn({ err: error, url }, keys ? 'token keys not renewed, the former stay in use' : 'no token keys yet');
    }
    clearTimeout(timer);
    timer = setTimeout(refresh, delayMs).unref();
  }

  /** Waiting for a fetch that is under way asks for nothing. */
  function mayAsk(leastMs: number): boolean {
    return pending !== undefined || performance.now() - attemptedAt >= leastMs;
  }

  return {
    get generation() {
      return generation;
    },
    async find(header, token) {
      if (!keys && mayAsk(FIRST_RETRY_MS)) await refresh();
      if (!keys) throw new KeysUnavailableError(url);
      try {
        return await keys.find(header, token);
      } catch (error) {
        // A key that is not known may be a new one. How often that is believed has a limit: anyone can make up a `kid`.
        if (!(error instanceof errors.JWKSNoMatchingKey) || !mayAsk(cooldownMs)) throw error;
        await refresh();
        return keys.find(header, token);
      }
    },
    start: refresh,
    stop() {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`${url} answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
