import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../internal/config/config.ts';
import { at, type Manifest, ROOT, theOne } from './helm.ts';

/** What the kubelet fills in. */
const POD_IP = '10.42.0.7';

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

/**
 * The configuration of a service that is given what these objects give it. The contents of Secrets are stood in for.
 *
 * @throws ConfigError when the service would not start.
 */
export function configSeen(manifests: readonly Manifest[], { hostIp = '192.0.2.7' } = {}): Config {
  const folder = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    const file = join(folder, 'config.yaml');
    writeFileSync(file, configFile(manifests));
    writeFileSync(join(folder, 'secret'), 'from a secret');
    const env: Record<string, string> = {};
    const variables = at(theOne(manifests, 'Deployment'), 'spec.template.spec.containers.0.env');
    for (const { name, value, valueFrom } of variables as EnvVar[]) {
      const fields: Readonly<Record<string, string>> = { 'status.podIP': POD_IP, 'status.hostIP': hostIp };
      const field = fields[String(at(valueFrom, 'fieldRef.fieldPath'))] ?? '';
      // Kubernetes expands only what is defined before.
      env[name] = value?.replaceAll(/\$\((\w+)\)/g, (text, other) => env[other] ?? text) ?? field;
      if (name.endsWith('_FILE')) env[name] = name.endsWith('_CONFIG_FILE') ? file : join(folder, 'secret');
    }
    return loadConfig({ env, set: [], defaultConfigDir: join(ROOT, 'config') }).config;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of the file that the pods mount. */
function configFile(manifests: readonly Manifest[]): string {
  const volumes = at(theOne(manifests, 'Deployment'), 'spec.template.spec.volumes');
  const [mounted] = (volumes as object[]).map((volume) => at(volume, 'configMap.name')).filter(Boolean);
  const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === mounted);
  const text = Object.values((map?.data ?? {}) as Record<string, string>)[0];
  if (text === undefined) throw new Error(`the pods mount a ConfigMap ${mounted} that is not there`);
  return text;
}
