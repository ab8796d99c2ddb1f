import { exportedSignals } from '../../pkg/otlp/signals.ts';
import type { Integration } from '../app/integration.ts';

/** Sends metrics and the log to an OTLP receiver, alongside the metrics endpoint and standard output. */
export const otlp: Integration = {
  async connect(context) {
    const signals = exportedSignals(context.configuration.current.otlp, context.env);
    if (!signals.metrics && !signals.logs) return undefined;
    // The exporter is loaded only if it is needed, like the SDK for traces.
    const { connect } = await import('./connect.ts');
    return connect(signals, context);
  },
};
