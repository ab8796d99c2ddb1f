import { createPublicKey, type KeyObject } from 'node:crypto';

/** Why a key in a set cannot verify tokens. */
export interface Unusable {
  readonly reason: string;
  /** Whether the key is not meant to verify tokens: issuers also publish their encryption keys in the set. */
  readonly expected: boolean;
}

/** Members of a JSON Web Key that only a private or shared key has (RFC 7518 §6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Minimum length of an RSA key in bits (RFC 7518 §3.3). */
const MIN_RSA_BITS = 2048;

/**
 * Asymmetric signatures only: with HS*, an attacker could use a public key as the shared secret; `none` is unsigned.
 */
export const SIGNATURE_ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Signature algorithms by key type and, except for RSA, curve (RFC 7518 §3.1, RFC 8037). */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  RSA: SIGNATURE_ALGORITHMS.filter((name) => /^[RP]S/.test(name)),
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'EC P-521': ['ES512'],
  'OKP Ed25519': ['EdDSA', 'Ed25519'],
};

/**
 * Returns why a JSON Web Key cannot verify the signature of a token, or undefined if it can. Without this check, a bad
 * key would only fail when used, and the service would respond with 500 to every token that names it.
 */
export function whyUnusable(key: unknown): Unusable | undefined {
  if (!isObject(key)) return fault('it is not an object');
  // Checked first, because a published private key must be reported whatever else is wrong.
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(key, name))) {
    return fault('it contains a private or shared key, which must not be published: replace it');
  }
  return unintended(key) ?? malformed(key) ?? mismatched(key) ?? weak(key);
}

type Members = Readonly<Record<string, unknown>>;

function unintended({ use, alg, key_ops: operations }: Members): Unusable | undefined {
  if (use !== undefined && use !== 'sig') return { reason: `its use is ${quoted(use)}, not "sig"`, expected: true };
  if (Array.isArray(operations) && !operations.includes('verify')) {
    return { reason: 'its key_ops do not include "verify"', expected: true };
  }
  if (alg === undefined || (typeof alg === 'string' && SIGNATURE_ALGORITHMS.includes(alg))) return undefined;
  return { reason: `its alg ${quoted(alg)} is not an accepted signature algorithm`, expected: true };
}

function malformed({ kid, ext, key_ops: operations }: Members): Unusable | undefined {
  if (kid !== undefined && typeof kid !== 'string') return fault('its kid is not a string');
  if (ext !== undefined && typeof ext !== 'boolean') return fault('its ext is not a boolean');
  if (operations === undefined) return undefined;
  const wellFormed = Array.isArray(operations) && new Set(operations).size === operations.length;
  return wellFormed ? undefined : fault('its key_ops are not an array of distinct operations');
}

function mismatched({ kty, crv, alg }: Members): Unusable | undefined {
  const type = kty === 'RSA' ? 'RSA' : `${kty} ${crv}`;
  const algorithms = Object.hasOwn(ALGORITHMS, type) ? ALGORITHMS[type] : undefined;
  if (algorithms === undefined) return fault(`its type ${quoted(kty)} with the curve ${quoted(crv)} is not supported`);
  if (alg === undefined || algorithms.some((name) => name === alg)) return undefined;
  return fault(`its alg ${quoted(alg)} does not match its type ${type}`);
}

function weak(key: Members): Unusable | undefined {
  let imported: KeyObject;
  try {
    imported = createPublicKey({ key, format: 'jwk' });
  } catch (error) {
    return fault(`it is malformed (${error instanceof Error ? error.message : String(error)})`);
  }
  if (key.kty !== 'RSA') return undefined;
  const { modulusLength = 0, publicExponent = 0n } = imported.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS) return fault(`it has ${modulusLength} bits, fewer than ${MIN_RSA_BITS}`);
  if (publicExponent < 3n || publicExponent % 2n === 0n) return fault('its exponent makes signatures forgeable');
  return undefined;
}

function fault(reason: string): Unusable {
  return { reason, expected: false };
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Formats a value as JSON, truncated because it comes from an external source. */
function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 40);
}
