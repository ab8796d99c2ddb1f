import type { JWTVerifyGetKey } from 'jose';

/** Provides the issuer's public keys. Keys stay in use until newer ones are available. */
export interface KeySource {
  /** Finds the key for a token's header. @throws {KeysUnavailableError} if no keys have been fetched yet. */
  readonly find: JWTVerifyGetKey;
  /** Changes whenever the keys change. Tokens verified with an earlier generation must be verified again. */
  readonly generation: number;
  /** Fetches the first keys and keeps them up to date. */
  start(): Promise<void>;
  stop(): void;
}

/** The issuer's keys have not been fetched yet, so no token can be verified. Not a client error. */
export class KeysUnavailableError extends Error {
  readonly code = 'keys_unavailable';

  constructor(from: string, cause?: unknown) {
    super(`no token keys from ${from} yet`, { cause });
    this.name = 'KeysUnavailableError';
  }
}
