import type { Metrics } from '../metrics/metrics.ts';

export interface TlsMetrics {
  /** Of the certificate that is being served. */
  notAfter(listener: string, seconds: number): void;
  reloaded(listener: string, result: 'success' | 'failure'): void;
  handshakeFailed(listener: string): void;
}

export function createTlsMetrics(metrics: Metrics): TlsMetrics {
  const notAfter = metrics.gauge({
    name: 'tls_certificate_not_after_timestamp_seconds',
    help: 'When the certificate that is being served expires',
    labelNames: ['listener'],
  });
  const reloads = metrics.counter({
    name: 'tls_certificate_reloads_total',
    help: 'Changes of the certificate files by whether the new pair is served',
    labelNames: ['listener', 'result'],
  });
  const handshakes = metrics.counter({
    name: 'tls_handshake_failures_total',
    help: 'Connections that ended before the TLS handshake was complete',
    labelNames: ['listener'],
  });
  return {
    notAfter: (listener, seconds) => notAfter.set({ listener }, seconds),
    reloaded: (listener, result) => reloads.inc({ listener, result }),
    handshakeFailed: (listener) => handshakes.inc({ listener }),
  };
}
