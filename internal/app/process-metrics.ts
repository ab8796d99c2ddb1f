import type { Logging } from '../../pkg/logging/logging.ts';
import { createMetrics, type Metrics } from '../../pkg/metrics/metrics.ts';
import { collectRuntimeMetrics } from '../../pkg/metrics/runtime-metrics.ts';
import type { Version } from './version.ts';

/** Creates the registry of the service, with the metrics of the process, its build and its log. `stop` ends the collection. */
export function createProcessMetrics(
  { version, revision, node }: Version,
  logging: Pick<Logging, 'droppedLines'>,
): { metrics: Metrics; stop: () => void } {
  const metrics = createMetrics();
  metrics
    .gauge({ name: 'build_info', help: 'Version of the running build', labelNames: ['version', 'revision', 'node'] })
    .set({ version, revision, node }, 1);
  metrics.counter({
    name: 'log_lines_dropped_total',
    help: 'Log lines dropped because standard output could not keep up or failed',
    collect: () => logging.droppedLines,
  });
  return { metrics, stop: collectRuntimeMetrics(metrics) };
}
