import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';

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

/** A JSON Web Key Set (RFC 7517 §5) that is in use. */
export interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly text: string;
}

/** @throws Error for text that is not a key set, or one without a key: that is a mistake, and would lock everyone out. */
export function parseKeySet(text: string): KeySet {
  const document: unknown = JSON.parse(text);
  if (!isKeySet(document)) throw new TypeError('expected a JSON Web Key Set with at least one key');
  return { find: createLocalJWKSet(document), text };
}

function isKeySet(document: unknown): document is { keys: object[] } {
  if (typeof document !== 'object' || document === null || !('keys' in document)) return false;
  const { keys } = document;
  return Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === 'object' && key !== null);
}
