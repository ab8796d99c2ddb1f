import { readRegularFile } from '../files/regular-file.ts';
import type { Signal } from './export-target.ts';
import type { OtelVariables } from './otel-variables.ts';

const NAMES = { traces: 'TRACES', metrics: 'METRICS', logs: 'LOGS' } as const;

/** Certificates in PEM. */
export interface TlsFiles {
  /** Of the authorities. Default: those that Node.js knows. */
  readonly ca?: Buffer | undefined;
  /** Of the client. */
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

/** Returns `OTEL_EXPORTER_OTLP_<NAME>`, or its variant for the signal if that is set. */
export function settingOf(signal: Signal, name: string, env: OtelVariables['values']): string | undefined {
  return env[`OTEL_EXPORTER_OTLP_${NAMES[signal]}_${name}`] ?? env[`OTEL_EXPORTER_OTLP_${name}`];
}

/** @throws the errors of `readRegularFile`. */
export function readTlsFiles(signal: Signal, env: OtelVariables['values']): TlsFiles {
  const read = (name: string) => {
    const path = settingOf(signal, name, env);
    return path === undefined ? undefined : readRegularFile(path);
  };
  return { ca: read('CERTIFICATE'), cert: read('CLIENT_CERTIFICATE'), key: read('CLIENT_KEY') };
}
