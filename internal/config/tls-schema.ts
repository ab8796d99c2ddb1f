import { oneOf, string } from '../../pkg/config/formats.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';

/** TLS of the public listener. */
export const httpTlsSchema = notFrom(['kv'], {
  certFile: {
    doc:
      'PEM file with the certificate of the public listener and the intermediate ones after it. With it and ' +
      '`http.tls.keyFile` the listener speaks TLS 1.2 and 1.3, and nothing else. Read again when it changes.',
    format: string(),
  },
  keyFile: { doc: 'PEM file with its private key, without a passphrase.', format: string() },
  clientAuth: {
    doc:
      'Whether clients are asked for a certificate: `require` ends the connection of those without a valid one, ' +
      '`request` serves them as strangers.',
    format: oneOf('none', 'request', 'require'),
    default: 'none',
  },
  clientCaFile: {
    doc: 'PEM file with the authorities whose client certificates are believed.',
    format: string(),
  },
});

/** TLS of the admin listener. */
export const adminTlsSchema = notFrom(['kv'], {
  certFile: {
    doc: 'PEM file with the certificate of the admin listener. Whoever probes and scrapes it then needs `https`.',
    format: string(),
  },
  keyFile: { doc: 'PEM file with its private key, without a passphrase.', format: string() },
});

type TlsFiles = { readonly certFile?: string; readonly keyFile?: string };

/** A file that is left out must not mean a listener that speaks plain text, or believes every client. */
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
    expected: 'authorities exactly when http.tls.clientAuth asks for certificates',
    holds: ({ http: { tls } }) => (tls.clientCaFile !== undefined) === (tls.clientAuth !== 'none'),
  },
  {
    keys: ['http.tls.clientAuth', 'http.tls.certFile'],
    expected: 'none without a certificate of the listener',
    holds: ({ http: { tls } }) => tls.clientAuth === 'none' || tls.certFile !== undefined,
  },
];

function bothOrNeither({ certFile, keyFile }: TlsFiles): boolean {
  return (certFile === undefined) === (keyFile === undefined);
}
