import { readOtelVariables } from '../tracing/otel-variables.ts';

export interface ExportedSignals {
  readonly metrics: boolean;
  readonly logs: boolean;
}

/** Returns what to export: the settings, unless `OTEL_METRICS_EXPORTER`, `OTEL_LOGS_EXPORTER` or `OTEL_SDK_DISABLED` override them. */
export function exportedSignals({ metrics, logs }: ExportedSignals, env: NodeJS.ProcessEnv): ExportedSignals {
  const { values } = readOtelVariables(env);
  const isDisabled = values.OTEL_SDK_DISABLED === 'true';
  const decide = (setting: boolean, variable: string | undefined) =>
    !isDisabled && (variable === undefined ? setting : !variable.includes('none'));
  return {
    metrics: decide(metrics, values.OTEL_METRICS_EXPORTER),
    logs: decide(logs, values.OTEL_LOGS_EXPORTER),
  };
}
