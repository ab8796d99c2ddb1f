import { errors } from 'jose';
import type { Logger } from 'pino';
import { type KeySet, logIgnoredKeys, parseKeySet } from './key-set.ts';
import { type KeySource, KeysUnavailableError } from './key-source.ts';

export interface RemoteKeysOptions {
  /** URL of a JSON Web Key Set. Redirects are not followed. */
  url: string;
  /** Time limit of a fetch, in milliseconds. Default: 5 s. */
  timeoutMs?: number;
  /** How often the keys are fetched, in milliseconds. Default: 10 min. */
  maxAgeMs?: number;
  /** Minimum time between two fetches triggered by tokens with unknown keys, in milliseconds. Default: 30 s. */
  cooldownMs?: number;
}

export interface RemoteKeysDependencies {
  logger: Logger;
  onFetch?(result: 'success' | 'failure'): void;
}

/** Maximum size of a key set in bytes. The key sets of large issuers have about ten thousand bytes. */
const MAX_BYTES = 1024 * 1024;

/** Retry interval while there are no keys at all and every request is rejected, in milliseconds. */
const INITIAL_RETRY_MS = 1000;

/** Fetches an issuer's keys from a URL. While the issuer is unavailable, the last keys stay in use. */
export function createRemoteKeys(options: RemoteKeysOptions, dependencies: RemoteKeysDependencies): KeySource {
  const { url, timeoutMs = 5000, maxAgeMs = 600_000, cooldownMs = 30_000 } = options;
  const { logger, onFetch } = dependencies;
  let keys: KeySet | undefined;
  let generation = 0;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stopping = new AbortController();

  /** Never rejects. Concurrent callers share one fetch. */
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
        logIgnoredKeys(logger, keys.ignored, { url });
      }
      onFetch?.('success');
    } catch (error) {
      if (stopping.signal.aborted) return;
      delayMs = Math.min(keys ? cooldownMs : INITIAL_RETRY_MS, maxAgeMs);
      onFetch?.('failure');
      const message = keys ? 'failed to renew token keys; keeping the previous ones' : 'no token keys yet';
      logger.warn({ err: error, url }, message);
    }
    clearTimeout(timer);
    timer = setTimeout(refresh, delayMs).unref();
  }

  /** Returns whether the interval has passed, or a fetch is in progress anyway. */
  function mayFetch(intervalMs: number): boolean {
    return pending !== undefined || performance.now() - attemptedAt >= intervalMs;
  }

  return {
    get generation() {
      return generation;
    },
    async find(header, token) {
      if (!keys && mayFetch(INITIAL_RETRY_MS)) await refresh();
      if (!keys) throw new KeysUnavailableError(url);
      try {
        return await keys.find(header, token);
      } catch (error) {
        // An unknown key may be new. Fetches for unknown keys are limited, because anyone can make up a `kid`.
        if (!(error instanceof errors.JWKSNoMatchingKey) || !mayFetch(cooldownMs)) throw error;
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
    throw new Error(`${url} responded with ${response.status}`);
  }
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`${url} responded with more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
