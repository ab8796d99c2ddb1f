import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { readRegularTextFile } from '../files/regular-file.ts';
import { KubernetesConfigError } from './config-error.ts';
import type { Connection } from './connection.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { createTokenFile } from './token-file.ts';

export interface FindConnectionOptions {
  /** Path of a kubeconfig, which takes precedence over all other sources. Default: none. */
  kubeconfig?: string | undefined;
  /** Default: where the kubelet mounts the service account. */
  serviceAccountDir?: string;
}

/**
 * Finds the cluster: a given kubeconfig, `KUBECONFIG`, the pod's service account, or `~/.kube/config`, in this order.
 *
 * @throws KubernetesConfigError for an unusable configuration, or, if there is none, with what was looked for.
 */
export function findConnection(
  env: NodeJS.ProcessEnv,
  { kubeconfig, serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount' }: FindConnectionOptions = {},
): Connection {
  if (kubeconfig) return readKubeconfig([kubeconfig]);
  if (env.KUBECONFIG) return readKubeconfig(env.KUBECONFIG.split(delimiter).filter((path) => path !== ''));
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  const token = join(serviceAccountDir, 'token');
  if (host && existsSync(token)) return serviceAccount(serviceAccountDir, host, port);
  const home = join(env.HOME ?? homedir(), '.kube', 'config');
  if (existsSync(home)) return readKubeconfig([home]);
  const pod = host ? `${token} does not exist` : 'KUBERNETES_SERVICE_HOST is not set';
  throw new KubernetesConfigError(`no cluster found: KUBECONFIG is not set, ${pod}, and ${home} does not exist`);
}

function serviceAccount(directory: string, host: string, port: string): Connection {
  try {
    const token = createTokenFile(join(directory, 'token'));
    token();
    return {
      source: directory,
      server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
      namespace: readRegularTextFile(join(directory, 'namespace')).trim(),
      tls: { ca: readRegularTextFile(join(directory, 'ca.crt')) },
      token,
    };
  } catch (cause) {
    throw new KubernetesConfigError(`cannot use the service account in ${directory}`, { cause });
  }
}
