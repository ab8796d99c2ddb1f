// Required by the next import, which throws without it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface IssuedPair {
  /** PEM. */
  cert: string;
  key: string;
}

export interface IssueOptions {
  /** Default: 30 days from now. */
  notAfter?: Date;
  /** Default: one hour ago. */
  notBefore?: Date;
  /** Additional DNS names of the server. localhost is always included. Default: none. */
  dnsNames?: readonly string[];
}

/** A certificate authority for tests. */
export interface TestAuthority {
  /** PEM. */
  cert: string;
  /** Issues a server and client certificate for localhost and 127.0.0.1. `subject` is, for example, `CN=client`. */
  issue(subject: string, options?: IssueOptions): Promise<IssuedPair>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

export async function createTestAuthority(name = 'CN=Test authority'): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const authority = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + 24 * HOUR_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return { cert: pem(authority), issue: (subject, options) => issue({ authority, keys }, subject, options) };
}

async function issue(
  { authority, keys }: { authority: X509Certificate; keys: webcrypto.CryptoKeyPair },
  subject: string,
  options: IssueOptions = {},
): Promise<IssuedPair> {
  const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: authority.subject,
    publicKey: own.publicKey,
    signingKey: keys.privateKey,
    notBefore: options.notBefore ?? new Date(Date.now() - HOUR_MS),
    notAfter: options.notAfter ?? new Date(Date.now() + 30 * 24 * HOUR_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey)).toString('base64');
  return { cert: pem(certificate), key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n` };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
