import type { Metrics } from '../metrics/metrics.ts';

export interface TlsMetrics {
  /** Expiry of the served certificate, in seconds since the Unix epoch. */
  notAfter(listener: string, seconds: number): void;
  reloaded(listener: string, result: 'success' | 'failure'): void;
  handshakeFailed(listener: string): void;
}

export function createTlsMetrics(metrics: Metrics): TlsMetrics {
  const notAfter = metrics.gauge({
    name: 'tls_certificate_not_after_timestamp_seconds',
    help: 'Expiry time of the served certificate, in seconds since the Unix epoch',
    labelNames: ['listener'],
  });
  const reloads = metrics.counter({
    name: 'tls_certificate_reloads_total',
    help: 'Reloads of the certificate files by result: success or failure',
    labelNames: ['listener', 'result'],
  });
  const handshakes = metrics.counter({
    name: 'tls_handshake_failures_total',
    help: 'Connections closed before the TLS handshake completed',
    labelNames: ['listener'],
  });
  return {
    notAfter: (listener, seconds) => notAfter.set({ listener }, seconds),
    reloaded: (listener, result) => reloads.inc({ listener, result }),
    handshakeFailed: (listener) => handshakes.inc({ listener }),
  };
}
