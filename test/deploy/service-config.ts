import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../internal/config/config.ts';
import { at, type Manifest, ROOT, theOne } from './helm.ts';

/** The pod address that the kubelet would provide. */
const POD_IP = '10.42.0.7';

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

export interface PodOptions {
  readonly hostIp?: string;
  /** The component whose pod it is, and the kind of its object. Default: the server, a Deployment. */
  readonly component?: string;
  readonly kind?: string;
}

/**
 * Returns the configuration that the service loads in a pod of these objects. Secrets have placeholder contents.
 *
 * @throws ConfigError if the service would not start.
 */
export function effectiveConfig(manifests: readonly Manifest[], options: PodOptions = {}): Config {
  const { hostIp = '192.0.2.7', component, kind = 'Deployment' } = options;
  const deployment = theOne(manifests, kind, component);
  const folder = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    const file = join(folder, 'config.yaml');
    writeFileSync(file, configFile(manifests, deployment));
    writeFileSync(join(folder, 'secret'), 'postgres://user:secret@db.example.com/name?sslmode=verify-full');
    const env: Record<string, string> = {};
    const variables = at(deployment, 'spec.template.spec.containers.0.env');
    for (const { name, value, valueFrom } of variables as EnvVar[]) {
      const fields: Readonly<Record<string, string>> = {
        'metadata.namespace': deployment.metadata.namespace ?? '',
        'status.hostIP': hostIp,
        'status.podIP': POD_IP,
      };
      const field = fields[String(at(valueFrom, 'fieldRef.fieldPath'))] ?? '';
      // Kubernetes expands only references to variables that are defined earlier in the list.
      env[name] = value?.replaceAll(/\$\((\w+)\)/g, (text, other) => env[other] ?? text) ?? field;
      if (name.endsWith('_FILE')) env[name] = name.endsWith('_CONFIG_FILE') ? file : join(folder, 'secret');
    }
    return loadConfig({ env, set: [], defaultConfigDir: join(ROOT, 'config') }).config;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns the configuration file that the pods mount. */
function configFile(manifests: readonly Manifest[], deployment: Manifest): string {
  const volumes = at(deployment, 'spec.template.spec.volumes');
  const [mounted] = (volumes as object[]).map((volume) => at(volume, 'configMap.name')).filter(Boolean);
  const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === mounted);
  const text = Object.values((map?.data ?? {}) as Record<string, string>)[0];
  if (text === undefined) throw new Error(`the pods mount a ConfigMap that does not exist: ${mounted}`);
  return text;
}
