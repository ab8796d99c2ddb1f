import { createExplainedFailureLog, type FailureLog, type FailureLogger } from '../retry/failure-log.ts';
import { isKubernetesError } from './errors.ts';

export type KubernetesLogger = FailureLogger;

/** @param subject the operation that the lines name, such as `informer of jobs.batch`. */
export function createFailureLog(subject: string, logger: KubernetesLogger): FailureLog {
  return createExplainedFailureLog({ subject, explain }, logger);
}

function explain(error: unknown): string | undefined {
  if (isKubernetesError(error, 'KUBERNETES_UNAVAILABLE', 'KUBERNETES_TIMEOUT')) return 'the API server is unavailable';
  // Its CRD may be installed, or its namespace created, later.
  if (isKubernetesError(error, 'NotFound')) return 'the resource does not exist: its CRD or namespace is missing';
  return undefined;
}
