import { randomUUID } from 'node:crypto';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  type ResourceDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { parseAttributes } from './otel-values.ts';
import type { OtelVariables } from './otel-variables.ts';
import type { TracedService } from './tracing-options.ts';

/** Identifies this process in every signal. The SDK's own detector returns a different id at each call. */
const instanceId = { 'service.instance.id': randomUUID() };

const DETECTORS: Readonly<Record<string, ResourceDetector>> = {
  host: hostDetector,
  serviceinstance: { detect: () => ({ attributes: instanceId }) },
  os: osDetector,
  process: processDetector,
  env: envDetector,
};

/** The process's command line, which the SDK's default includes, must not end up in a trace store. */
const DEFAULT_DETECTORS = ['host', 'serviceinstance', 'env'];

/**
 * Describes this process for traces, metrics and logs, with equal attributes at every call. Waits for those that are read
 * from files, such as `host.id`.
 */
export async function createResource(service: TracedService, env: OtelVariables['values']): Promise<Resource> {
  const attributes = {
    'service.version': service.version,
    'deployment.environment.name': service.environment,
  };
  const detectors = detectorNames(env.OTEL_NODE_RESOURCE_DETECTORS).flatMap((name) => DETECTORS[name] ?? []);
  const resource = defaultResource()
    .merge(resourceFromAttributes(attributes))
    .merge(detectResources({ detectors }))
    .merge(resourceFromAttributes({ 'service.name': serviceName(env) ?? service.name }));
  await resource.waitForAsyncAttributes?.();
  return resource;
}

function detectorNames(variable: string | undefined): string[] {
  if (variable === undefined) return DEFAULT_DETECTORS;
  const names = variable.split(',');
  if (names.includes('none')) return [];
  return names.includes('all') ? Object.keys(DETECTORS) : names;
}

/** Returns `OTEL_SERVICE_NAME`, or else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, as the specification requires. */
function serviceName(env: OtelVariables['values']): string | undefined {
  const attribute = parseAttributes(env.OTEL_RESOURCE_ATTRIBUTES ?? '')?.get('service.name');
  return env.OTEL_SERVICE_NAME ?? (attribute === '' ? undefined : attribute);
}
