import type { Rule } from '../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import type { schema } from './schema.ts';

type TlsFiles = { readonly certFile?: string; readonly keyFile?: string };

/** A file that is left out must not mean a listener that speaks plain text, or believes every client. */
export const tlsRules: readonly Rule<ConfigOf<typeof schema>>[] = [
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
