import type { TlsOptions, Server as TlsServer } from 'node:tls';
import type { Logger } from 'pino';
import { type WatchFilesOptions, watchFiles } from '../files/watch-files.ts';
import { type KeyPair, readKeyPair } from './key-pair.ts';
import type { TlsMetrics } from './tls-metrics.ts';

export interface ServerTlsOptions extends Pick<WatchFilesOptions, 'pollMs' | 'settleMs'> {
  /** Names the listener in log lines and metrics. */
  listener: string;
  certFile: string;
  keyFile: string;
  /** Needed unless `clientAuth` is `none`. */
  clientCaFile?: string;
  /**
   * Whether clients are asked for a certificate of their own. `request` also serves those who show none, or one that
   * `clientCaFile` does not vouch for: as strangers. Default: `none`.
   */
  clientAuth?: 'none' | 'request' | 'require';
}

/** The TLS side of one server. */
export interface ServerTls {
  /** What the server is created with; the certificate comes with {@link start}. */
  readonly serverOptions: TlsOptions;
  /**
   * Reads the files, gives the server its certificate and from then on a new one whenever the files change. Connections
   * that are open keep theirs. A changed pair that cannot be served is refused, logged and counted; the former stays.
   *
   * @throws {KeyPairError} when the first pair cannot be served.
   */
  start(server: TlsServer): void;
  stop(): void;
}

/** How long a client may take for the handshake, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** TLS 1.3's suites, and of TLS 1.2 those with forward secrecy and authenticated encryption (RFC 9325 §4.2). */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const PROTOCOL = { minVersion: 'TLSv1.2', ciphers: CIPHERS } as const;

export interface ServerTlsDependencies {
  logger: Logger;
  metrics: TlsMetrics;
}

/** TLS 1.2 and 1.3 from files. HTTP/2 is not offered: where it is wanted, a proxy in front speaks it. */
export function createServerTls(options: ServerTlsOptions, { logger, metrics }: ServerTlsDependencies): ServerTls {
  const { listener, certFile, keyFile, clientCaFile, clientAuth = 'none', ...watching } = options;
  const files = { certFile, keyFile, ...(clientCaFile !== undefined && { clientCaFile }) };
  let unwatch: (() => void) | undefined;

  function serve(server: TlsServer, pair: KeyPair): void {
    server.setSecureContext({ ...PROTOCOL, cert: pair.cert, key: pair.key, ...(pair.ca && { ca: pair.ca }) });
    metrics.notAfter(listener, Math.floor(pair.notAfter.getTime() / 1000));
    const fields = { listener, not_after: pair.notAfter.toISOString(), fingerprint: pair.fingerprint };
    logger.info(fields, 'certificate in use');
  }

  function reload(server: TlsServer): void {
    try {
      serve(server, readKeyPair(files));
      metrics.reloaded(listener, 'success');
    } catch (error) {
      metrics.reloaded(listener, 'failure');
      logger.error({ err: error, listener }, 'new certificate refused, the former stays in use');
    }
  }

  return {
    serverOptions: {
      ...PROTOCOL,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      requestCert: clientAuth !== 'none',
      rejectUnauthorized: clientAuth === 'require',
    },
    start(server) {
      // Before the reading: what changes in between is read once too often, and not missed.
      unwatch = watchFiles(Object.values(files), { ...watching, onChange: () => reload(server) });
      try {
        serve(server, readKeyPair(files));
      } catch (error) {
        unwatch();
        throw error;
      }
      server.on('tlsClientError', () => metrics.handshakeFailed(listener));
    },
    stop: () => unwatch?.(),
  };
}
