/**
 * Asymmetric signatures only: with HS*, an attacker could use a public key as the shared secret; `none` is unsigned.
 */
export const SIGNATURE_ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
