import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { readRegularFile } from '../files/regular-file.ts';

export interface KeyPairFiles {
  /** PEM: the certificate and after it those of the intermediate authorities. */
  certFile: string;
  /** PEM, not encrypted. */
  keyFile: string;
  /** PEM: the authorities whose client certificates are believed. */
  clientCaFile?: string;
}

export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly notAfter: Date;
  /** SHA-256 of the certificate, to tell one from another in a log. */
  readonly fingerprint: string;
}

/** A certificate that cannot be served. Names the file at fault; never says anything of what is in a key. */
class KeyPairError extends Error {
  readonly code = 'key_pair_unusable';

  constructor(path: string, expected: string, cause?: unknown) {
    super(`${path}: expected ${expected}`, { cause });
    this.name = 'KeyPairError';
  }
}

/**
 * Reads a certificate and its key, and makes sure that they can be served.
 *
 * @throws {KeyPairError} for a file that cannot be read or is not PEM, a key of another certificate, or one that has
 * expired.
 */
export function readKeyPair({ certFile, keyFile, clientCaFile }: KeyPairFiles, now = Date.now()): KeyPair {
  const cert = read(certFile);
  const key = read(keyFile);
  const ca = clientCaFile === undefined ? undefined : read(clientCaFile);

  const certificate = certificateIn(certFile, cert);
  const privateKey = attempt(keyFile, 'a private key in PEM, without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new KeyPairError(keyFile, `the key of the certificate in ${certFile}; it is another's`);
  }
  const notAfter = certificate.validToDate;
  if (notAfter.getTime() <= now) {
    throw new KeyPairError(certFile, `a certificate that is valid; this one expired ${notAfter.toISOString()}`);
  }
  if (ca !== undefined && clientCaFile !== undefined) certificateIn(clientCaFile, ca);
  attempt(certFile, 'a certificate, and a key, that OpenSSL can serve', () => createSecureContext({ cert, key }));
  return { cert, key, ...(ca && { ca }), notAfter, fingerprint: certificate.fingerprint256 };
}

/** The first certificate of a file. OpenSSL would leave out silently what it cannot read, so each is looked at. */
function certificateIn(path: string, pem: Buffer): X509Certificate {
  const blocks = String(pem).match(/-----BEGIN [^-]*CERTIFICATE-----.*?-----END [^-]*CERTIFICATE-----/gs) ?? [];
  const [first] = attempt(path, 'certificates in PEM', () => blocks.map((block) => new X509Certificate(block)));
  if (first === undefined) throw new KeyPairError(path, 'certificates in PEM; there is none');
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
