import type { JWTVerifyGetKey } from 'jose';

/** Where the issuer's public keys come from. Keys that were had once stay until there are newer ones. */
export interface KeySource {
  /** Finds the key that a token's header names. @throws {KeysUnavailableError} before any keys could be had. */
  readonly find: JWTVerifyGetKey;
  /** Another number whenever the keys have become others: what was verified with the former ones no longer counts. */
  readonly generation: number;
  /** Gets the first keys and goes on renewing them. */
  start(): Promise<void>;
  stop(): void;
}

/** No token can be judged: the issuer's keys could not be had yet. The caller's fault it is not. */
export class KeysUnavailableError extends Error {
  readonly code = 'keys_unavailable';

  constructor(from: string, cause?: unknown) {
    super(`no token keys from ${from} yet`, { cause });
    this.name = 'KeysUnavailableError';
  }
}
