import type { Socket } from 'node:net';
import { TLSSocket, type TlsOptions, type Server as TlsServer } from 'node:tls';
import type { Logger } from 'pino';
import { type WatchFilesOptions, watchFiles } from '../files/watch-files.ts';
import { type KeyPair, readKeyPair } from './key-pair.ts';
import type { TlsMetrics } from './tls-metrics.ts';

export interface ServerTlsOptions extends Pick<WatchFilesOptions, 'pollMs' | 'settleMs'> {
  /** Name of the listener in log lines and metrics. */
  listener: string;
  certFile: string;
  keyFile: string;
  /** Required unless `clientAuth` is `none`. */
  clientCaFile?: string;
  /**
   * Whether clients are asked for a certificate. With `request`, a client without one, or with one that `clientCaFile`
   * does not verify, is served as unauthenticated. Default: `none`.
   */
  clientAuth?: 'none' | 'request' | 'require';
}

/** Manages the certificate of one server. */
export interface ServerTls {
  /** Options to create the server with. {@link start} sets the certificate. */
  readonly serverOptions: TlsOptions;
  /**
   * Sets the server's certificate from the files, and again whenever they change. Open connections keep the old one. A
   * new pair that cannot be served is rejected, logged and counted; the previous one stays in use.
   *
   * @throws {KeyPairError} if the first pair cannot be served.
   */
  start(server: TlsServer): void;
  stop(): void;
}

/** Time limit of the handshake, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** All TLS 1.3 suites, and the TLS 1.2 suites with forward secrecy and authenticated encryption (RFC 9325 §4.2). */
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

/** Serves TLS 1.2 and 1.3 with certificates from files. Does not offer HTTP/2: use a proxy in front for that. */
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
      logger.error({ err: error, listener }, 'rejected new certificate; keeping the previous one');
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
      // Watch before reading, so that a change in between is not missed.
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

/**
 * Returns the subject of the client's certificate, such as `CN=client,O=example` (like RFC 4514, but in the order of
 * the certificate; Node separates its elements by line breaks). Returns undefined without TLS, without a certificate,
 * and for one that is not signed by the server's authorities.
 */
export function peerSubject(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate()?.subject.replaceAll('\n', ',');
}
