import type { Tracer } from '@opentelemetry/api';
import { ConfigError } from '../../pkg/config/config-error.ts';
import { createKubernetesClient, type KubernetesClient } from '../../pkg/kubernetes/client.ts';
import { KubernetesConfigError } from '../../pkg/kubernetes/config-error.ts';
import type { Connection } from '../../pkg/kubernetes/connection.ts';
import { findConnection } from '../../pkg/kubernetes/find-connection.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Config } from '../config/config.ts';

export interface ConnectDependencies {
  env: NodeJS.ProcessEnv;
  metrics: Metrics;
  tracer?: Tracer | undefined;
}

/**
 * Creates a client for the cluster. Sends nothing yet.
 *
 * @throws ConfigError listing where a connection was looked for, if there is none.
 */
export function connectKubernetes(config: Config, { env, metrics, tracer }: ConnectDependencies): KubernetesClient {
  const { name, version } = config.service;
  const { kubeconfig, timeoutMs } = config.kubernetes;
  return createKubernetesClient(
    { connection: find(env, kubeconfig), userAgent: `${name}/${version}`, requestTimeoutMs: timeoutMs },
    { metrics, tracer },
  );
}

function find(env: NodeJS.ProcessEnv, kubeconfig: string | undefined): Connection {
  try {
    return findConnection(env, { kubeconfig });
  } catch (error) {
    if (!(error instanceof KubernetesConfigError)) throw error;
    const [, problem = error.message] = /^kubernetes: (.*)/s.exec(error.message) ?? [];
    throw new ConfigError([{ origin: 'kubernetes', expected: `a cluster: ${problem}` }]);
  }
}
