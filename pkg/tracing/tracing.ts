import { readOtelVariables } from './otel-variables.ts';
import type { Tracing, TracingDependencies, TracingOptions } from './tracing-options.ts';

/** Off unless there is somewhere to send spans to: the SDK's own default is a collector on localhost. */
export function isTracingEnabled({ enabled, endpoint }: TracingOptions, env: NodeJS.ProcessEnv): boolean {
  const { values } = readOtelVariables(env);
  if (values.OTEL_SDK_DISABLED === 'true' || values.OTEL_TRACES_EXPORTER?.includes('none')) return false;
  const somewhere = endpoint ?? values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT;
  return enabled ?? somewhere !== undefined;
}

/**
 * Starts the OpenTelemetry SDK: registers its tracer, its context and its propagator (W3C Trace Context and Baggage, or
 * `OTEL_PROPAGATORS`) with the API, for the whole process. Removes the `OTEL_*` variables that cannot be used from
 * `process.env`, which the SDK reads itself. The SDK is loaded only here: a service without an endpoint
 * pays nothing for it.
 */
export async function startTracing(options: TracingOptions, dependencies: TracingDependencies): Promise<Tracing> {
  const { startSdk } = await import('./sdk.ts');
  return startSdk(options, dependencies);
}
