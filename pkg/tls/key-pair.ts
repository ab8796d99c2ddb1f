import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { readRegularFile } from '../files/regular-file.ts';

export interface KeyPairFiles {
  /** PEM: the certificate, followed by its intermediate certificates. */
  certFile: string;
  /** PEM, not encrypted. */
  keyFile: string;
  /** PEM: the authorities that client certificates are verified against. */
  clientCaFile?: string;
}

export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly notAfter: Date;
  /** SHA-256 of the certificate, to identify it in the log. */
  readonly fingerprint: string;
}

/** Thrown for a certificate that cannot be served. Names the file but reveals nothing about the key's contents. */
class KeyPairError extends Error {
  readonly code = 'key_pair_unusable';

  constructor(path: string, expected: string, cause?: unknown) {
    super(`${path}: expected ${expected}`, { cause });
    this.name = 'KeyPairError';
  }
}

/**
 * Reads a certificate and its key and checks that they can be served.
 *
 * @throws {KeyPairError} for a file that is unreadable or not PEM, a mismatched key, or an expired certificate.
 */
export function readKeyPair({ certFile, keyFile, clientCaFile }: KeyPairFiles, now = Date.now()): KeyPair {
  const cert = read(certFile);
  const key = read(keyFile);
  const ca = clientCaFile === undefined ? undefined : read(clientCaFile);

  const certificate = certificateIn(certFile, cert);
  const privateKey = attempt(keyFile, 'a private key in PEM, without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new KeyPairError(keyFile, `the key of the certificate in ${certFile}; they do not match`);
  }
  const notAfter = certificate.validToDate;
  if (notAfter.getTime() <= now) {
    throw new KeyPairError(certFile, `a valid certificate; it expired at ${notAfter.toISOString()}`);
  }
  if (ca !== undefined && clientCaFile !== undefined) certificateIn(clientCaFile, ca);
  attempt(certFile, 'a certificate and key that OpenSSL can serve', () => createSecureContext({ cert, key }));
  return { cert, key, ...(ca && { ca }), notAfter, fingerprint: certificate.fingerprint256 };
}

/** Parses all certificates of a file, because OpenSSL silently skips invalid ones, and returns the first. */
function certificateIn(path: string, pem: Buffer): X509Certificate {
  const blocks = String(pem).match(/-----BEGIN [^-]*CERTIFICATE-----.*?-----END [^-]*CERTIFICATE-----/gs) ?? [];
  const [first] = attempt(path, 'certificates in PEM', () => blocks.map((block) => new X509Certificate(block)));
  if (first === undefined) throw new KeyPairError(path, 'certificates in PEM; there are none');
  return first;
}

function read(path: string): Buffer {
  return attempt(path, 'a readable file', () => readRegularFile(path));
}

function attempt<T>(path: string, expected: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new KeyPairError(path, expected, cause);
  }
}
