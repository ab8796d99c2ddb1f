/** Thrown if there is no usable configuration of a cluster. */
export class KubernetesConfigError extends Error {
  readonly code = 'KUBERNETES_CONFIG';

  constructor(message: string, options?: ErrorOptions) {
    super(`kubernetes: ${message}`, options);
    this.name = 'KubernetesConfigError';
  }
}
