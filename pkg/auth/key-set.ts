import { createLocalJWKSet, errors, type JWK, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { type Unusable, whyUnusable } from './usable-key.ts';

/** A parsed JSON Web Key Set (RFC 7517 §5). */
export interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly text: string;
  /** Keys in the set that cannot verify tokens. */
  readonly ignored: readonly IgnoredKey[];
}

export interface IgnoredKey extends Unusable {
  readonly kid: string | undefined;
}

/**
 * Parses a key set. Ignores unusable keys, so that they do not affect the others.
 *
 * @throws Error for text that is not a key set and for a set without a usable key, which would lock everyone out.
 */
export function parseKeySet(text: string): KeySet {
  const document: unknown = JSON.parse(text);
  if (!isKeySet(document)) throw new TypeError('expected a JSON Web Key Set with at least one key');
  const usable: JWK[] = [];
  const ignored: IgnoredKey[] = [];
  for (const key of document.keys) {
    const unusable = whyUnusable(key) ?? whyAmbiguous(key, usable);
    if (unusable === undefined) usable.push(key as JWK);
    else ignored.push({ kid: kidOf(key), ...unusable });
  }
  if (usable.length === 0) {
    const reasons = ignored.slice(0, 5).map(({ kid, reason }) => `${kid ?? 'a key without kid'}: ${reason}`);
    throw new TypeError(`expected a JSON Web Key Set with at least one usable key (${reasons.join('; ')})`);
  }
  return { find: finder(usable), text, ignored };
}

/** Logs the ignored keys of a set in one line. */
export function logIgnoredKeys(logger: Logger, ignored: readonly IgnoredKey[], fields: object): void {
  if (ignored.length === 0) return;
  const keys = ignored.slice(0, 20).map(({ kid, reason }) => ({ kid, reason }));
  const level = ignored.every(({ expected }) => expected) ? 'info' : 'warn';
  logger[level]({ ...fields, count: ignored.length, keys }, 'ignored token keys');
}

function isKeySet(document: unknown): document is { keys: unknown[] } {
  if (typeof document !== 'object' || document === null || !('keys' in document)) return false;
  return Array.isArray(document.keys) && document.keys.length > 0;
}

/** RFC 7517 §4.5: keys with the same `kid` must differ in type. If they do not, only the first one is used. */
function whyAmbiguous(key: unknown, usable: readonly JWK[]): Unusable | undefined {
  const { kid, kty, crv, alg } = key as JWK;
  const ambiguous = usable.some(
    (other) =>
      kid !== undefined &&
      other.kid === kid &&
      other.kty === kty &&
      other.crv === crv &&
      (alg === undefined || other.alg === undefined || other.alg === alg),
  );
  return ambiguous ? { reason: 'an earlier key of the set has the same kid', expected: false } : undefined;
}

function kidOf(key: unknown): string | undefined {
  const kid = typeof key === 'object' && key !== null && 'kid' in key ? key.kid : undefined;
  return typeof kid === 'string' ? kid.slice(0, 100) : undefined;
}

function finder(keys: JWK[]): JWTVerifyGetKey {
  const find = createLocalJWKSet({ keys });
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      // The Web Crypto API throws its own errors, not jose's, for a key that it cannot import.
      throw error instanceof errors.JOSEError ? error : new errors.JWKSInvalid('unusable key', { cause: error });
    }
  };
}
