import { parse } from 'yaml';
import { at, type Manifest } from '../../../../test/deploy/helm.ts';

const CLASSES = ['receivers', 'processors', 'exporters'] as const;

interface Pipeline {
  readonly receivers: string[];
  readonly processors: string[];
  readonly exporters: string[];
}

/** The fields of a Collector's configuration that the tests read. */
export interface CollectorConfig {
  readonly receivers: Record<string, { readonly protocols?: Record<string, { readonly endpoint: string }> }>;
  readonly processors: Record<string, object>;
  readonly exporters: Record<string, { readonly endpoint: string }>;
  readonly extensions: Record<string, { readonly endpoint?: string; readonly directory?: string }>;
  readonly service: { readonly extensions: string[]; readonly pipelines: Record<string, Pipeline> };
}

/** Returns the configuration in the ConfigMap that a workload mounts. */
export function configOf(workload: Manifest, manifests: readonly Manifest[]): CollectorConfig {
  const volumes = at(workload, 'spec.template.spec.volumes') as { configMap?: { name: string } }[];
  const name = volumes.find(({ configMap }) => configMap !== undefined)?.configMap?.name;
  const found = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  return parse(Object(found?.data)['config.yaml']);
}

/** Returns the components that a pipeline or the service names but that are not configured, and the unused ones. */
export function componentProblems({ service, ...config }: CollectorConfig): string[] {
  const classes = [
    ...CLASSES.map((name) => ({
      name,
      used: Object.values(service.pipelines).flatMap((pipeline) => pipeline[name]),
      configured: config[name],
    })),
    { name: 'extensions', used: service.extensions, configured: config.extensions },
  ];
  return classes.flatMap(({ name, used, configured }) => [
    ...[...new Set(used)].filter((id) => !(id in configured)).map((id) => `${name}: ${id} is not configured`),
    ...Object.keys(configured)
      .filter((id) => !used.includes(id))
      .map((id) => `${name}: ${id} is not used`),
  ]);
}

/** Returns the port of an endpoint such as `${env:POD_IP}:4317`, `dns:///gateway:4317` or `http://loki:3100/otlp`. */
export function portOf(endpoint: string): number {
  return Number(/:(\d+)(?:\/|$)/.exec(endpoint)?.[1]);
}

/** Returns the host of an exporter's endpoint. */
export function hostOf(endpoint: string): string {
  return endpoint.replace(/^\w+:\/+/, '').replace(/:.*/, '');
}
