import type { ChunkExporter } from './chunk.ts';
import type { ExportTarget } from './export-target.ts';
import { createHttpExporter } from './http-exporter.ts';
import type { OtelVariables } from './otel-variables.ts';

/** Creates an exporter with the `OTEL_EXPORTER_OTLP_*` variables. Over gRPC and through proxies, it is the SDK's. */
export async function createChunkExporter(target: ExportTarget, env: OtelVariables['values']): Promise<ChunkExporter> {
  if (target.protocol !== 'grpc' && !usesProxies()) return createHttpExporter(target, env);
  const { createSdkExporter } = await import('./sdk-exporter.ts');
  return createSdkExporter(target, env);
}

/** Whether Node.js is configured to use the proxies of the environment. */
function usesProxies(): boolean {
  const { NODE_USE_ENV_PROXY: useEnvProxy, NODE_OPTIONS: options = '' } = process.env;
  return useEnvProxy === '1' || [...process.execArgv, ...options.split(' ')].includes('--use-env-proxy');
}
