import { createServerTls, type ServerTls, type ServerTlsDependencies } from '../../pkg/tls/server-tls.ts';

interface ListenerTlsConfig {
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly clientCaFile?: string;
  readonly clientAuth?: 'none' | 'request' | 'require';
}

/** Creates the TLS of a listener, or returns undefined if the configuration names no certificate. */
export function listenerTls(
  listener: string,
  { certFile, keyFile, ...client }: ListenerTlsConfig,
  dependencies: ServerTlsDependencies,
): ServerTls | undefined {
  if (certFile === undefined || keyFile === undefined) return undefined;
  return createServerTls({ listener, certFile, keyFile, ...client }, dependencies);
}
