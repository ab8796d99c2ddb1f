import type { Principal } from '../httpserver/access/access.ts';

/** Memory that an entry takes in addition to the characters of its token, as measured. */
const ENTRY_BYTES = 500;
/** Share of the maximum size that is kept when the cache is full. */
const KEPT_SHARE = 0.9;

export interface TokenCache {
  /** Returns undefined if the token is not cached or has expired. */
  get(token: string): Principal | undefined;
  /** `untilMs` is the token's expiry in milliseconds since the Unix epoch. */
  set(token: string, principal: Principal, untilMs: number): void;
  clear(): void;
}

/** Caches the principals of verified tokens, at most `maxBytes` of them. When it is full, it drops the oldest tenth. */
export function createTokenCache(maxBytes: number): TokenCache {
  const entries = new Map<string, { readonly principal: Principal; readonly untilMs: number }>();
  let bytes = 0;

  function remove(token: string): void {
    if (entries.delete(token)) bytes -= sizeOf(token);
  }

  /** Drops many at once, because each iteration of a Map starts by stepping over the entries deleted before. */
  function makeRoomFor(size: number): void {
    if (bytes + size <= maxBytes) return;
    for (const token of entries.keys()) {
      if (bytes + size <= maxBytes * KEPT_SHARE) return;
      remove(token);
    }
  }

  return {
    get(token) {
      const entry = entries.get(token);
      if (entry === undefined) return undefined;
      if (Date.now() < entry.untilMs) return entry.principal;
      remove(token);
      return undefined;
    },
    set(token, principal, untilMs) {
      const size = sizeOf(token);
      remove(token);
      if (size > maxBytes) return;
      makeRoomFor(size);
      entries.set(token, { principal, untilMs });
      bytes += size;
    },
    clear() {
      entries.clear();
      bytes = 0;
    },
  };
}

function sizeOf(token: string): number {
  return token.length + ENTRY_BYTES;
}
