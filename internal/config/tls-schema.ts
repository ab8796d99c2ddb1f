import { oneOf, string } from '../../pkg/config/formats.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';

/** TLS of the public listener. */
export const httpTlsSchema = notFrom(['kv'], {
  certFile: {
    doc:
      'PEM file with the certificate of the public listener, followed by any intermediate certificates. With this ' +
      'and `http.tls.keyFile`, the listener accepts only TLS 1.2 and 1.3. Reloaded when it changes.',
    format: string(),
  },
  keyFile: {
    doc: 'PEM file with the private key of the certificate, without a passphrase. Reloaded when it changes.',
    format: string(),
  },
  clientAuth: {
    doc:
      'Whether clients are asked for a certificate: `require` closes the connection of clients without a valid one, ' +
      '`request` serves them as unauthenticated clients.',
    format: oneOf('none', 'request', 'require'),
    default: 'none',
  },
  clientCaFile: {
    doc: 'PEM file with the certificate authorities trusted to sign client certificates.',
    format: string(),
  },
});

/** TLS of the admin listener. */
export const adminTlsSchema = notFrom(['kv'], {
  certFile: {
    doc: 'PEM file with the certificate of the admin listener. Probes and scrapers must then use `https`.',
    format: string(),
  },
  keyFile: { doc: 'PEM file with the private key of the certificate, without a passphrase.', format: string() },
});

type TlsFiles = { readonly certFile?: string; readonly keyFile?: string };

/** Forgetting one file must not result in a plain-text listener, or in one that trusts every client. */
export const tlsRules: readonly Rule<
  ConfigOf<{ http: { tls: typeof httpTlsSchema }; admin: { tls: typeof adminTlsSchema } }>
>[] = [
  {
    keys: ['http.tls.certFile', 'http.tls.keyFile'],
    expected: 'a certificate and its key, or neither',
    holds: ({ http }) => bothOrNeither(http.tls),
  },
  {
    keys: ['admin.tls.certFile', 'admin.tls.keyFile'],
    expected: 'a certificate and its key, or neither',
    holds: ({ admin }) => bothOrNeither(admin.tls),
  },
  {
    keys: ['http.tls.clientCaFile', 'http.tls.clientAuth'],
    expected: 'a value if http.tls.clientAuth is request or require, otherwise none',
    holds: ({ http: { tls } }) => (tls.clientCaFile !== undefined) === (tls.clientAuth !== 'none'),
  },
  {
    keys: ['http.tls.clientAuth', 'http.tls.certFile'],
    expected: 'none while http.tls.certFile is not set',
    holds: ({ http: { tls } }) => tls.clientAuth === 'none' || tls.certFile !== undefined,
  },
];

function bothOrNeither({ certFile, keyFile }: TlsFiles): boolean {
  return (certFile === undefined) === (keyFile === undefined);
}
