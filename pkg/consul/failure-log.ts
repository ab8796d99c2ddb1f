import { createExplainedFailureLog, type FailureLog, type FailureLogger } from '../retry/failure-log.ts';
import { isConsulError } from './errors.ts';

export type ConsulLogger = FailureLogger;

/** @param subject the operation that the lines name, such as `registration`. */
export function createFailureLog(subject: string, logger: ConsulLogger): FailureLog {
  return createExplainedFailureLog({ subject, explain }, logger);
}

function explain(error: unknown): string | undefined {
  return isConsulError(error, 'CONSUL_UNAVAILABLE', 'CONSUL_TIMEOUT') ? 'Consul is unavailable' : undefined;
}
