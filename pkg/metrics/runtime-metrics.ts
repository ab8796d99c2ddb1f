import { readdirSync, readFileSync } from 'node:fs';
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Gauge } from 'prom-client';
import type { Metrics } from './metrics.ts';

export interface RuntimeMetricsOptions {
  /** Window of the event loop delay, in milliseconds. Default: 15 s, about one scrape interval. */
  delayWindowMs?: number;
}

/**
 * Adds metrics of the process and the runtime: CPU, memory and its limits, event loop, garbage collection, file
 * descriptors and active resources. A scrape never resets them, so several scrapers see the same values. (The client
 * library's own collectors reset the event loop histogram at each scrape.)
 *
 * @returns a function that stops the background observers.
 */
export function collectRuntimeMetrics(metrics: Metrics, options: RuntimeMetricsOptions = {}): () => void {
  addProcessMetrics(metrics);
  addMemoryMetrics(metrics);
  metrics
    .gauge({ name: 'nodejs_version_info', help: 'Node.js version', labelNames: ['version'] })
    .set({ version: process.version }, 1);
  const stops = [observeEventLoop(metrics, options.delayWindowMs ?? 15_000), observeGarbageCollection(metrics)];
  return () => {
    for (const stop of stops) stop();
  };
}

function addProcessMetrics(metrics: Metrics): void {
  const startedAt = Date.now() / 1000 - process.uptime();
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  metrics.counter({ name: 'process_cpu_seconds_total', help: 'User and system CPU time', collect: cpuSeconds });
  metrics
    .gauge({ name: 'process_start_time_seconds', help: 'Start time of the process since the Unix epoch' })
    .set(startedAt);
  metrics.gauge({ name: 'process_open_fds', help: 'Number of open file descriptors', collect: openFileDescriptors });
  metrics.gauge({ name: 'process_max_fds', help: 'Maximum number of open file descriptors' }).set(maxFileDescriptors());
  const resources: Gauge<'type'> = metrics.gauge({
    name: 'nodejs_active_resources',
    help: 'Resources that keep the event loop alive, such as sockets, timers and requests, by type',
    labelNames: ['type'],
    collect() {
      resources.reset();
      for (const type of process.getActiveResourcesInfo()) resources.inc({ type });
      return undefined;
    },
  });
}

function addMemoryMetrics(metrics: Metrics): void {
  const gauge = (name: string, help: string, collect: () => number) => metrics.gauge({ name, help, collect });
  const memory = () => process.memoryUsage();
  gauge('process_resident_memory_bytes', 'Resident memory size', () => process.memoryUsage.rss());
  gauge('process_memory_limit_bytes', 'Memory limit of the cgroup, or 0 without a limit', memoryLimit);
  gauge('nodejs_heap_size_total_bytes', 'Heap size allocated by V8', () => memory().heapTotal);
  gauge('nodejs_heap_size_used_bytes', 'Heap size in use', () => memory().heapUsed);
  gauge(
    'nodejs_heap_size_limit_bytes',
    'Heap size at which V8 runs out of memory',
    () => getHeapStatistics().heap_size_limit,
  );
  gauge('nodejs_external_memory_bytes', 'Memory of JavaScript objects outside the V8 heap', () => memory().external);
}

function observeEventLoop(metrics: Metrics, delayWindowMs: number): () => void {
  const seconds = (ms: number) => ms / 1000;
  metrics.counter({
    name: 'nodejs_eventloop_active_seconds_total',
    help: 'Time the event loop was active; its rate is the utilisation',
    collect: () => seconds(performance.eventLoopUtilization().active),
  });
  metrics.counter({
    name: 'nodejs_eventloop_idle_seconds_total',
    help: 'Time the event loop was idle',
    collect: () => seconds(performance.eventLoopUtilization().idle),
  });
  const delay = metrics.gauge({
    name: 'nodejs_eventloop_delay_seconds',
    help: `Delay of the event loop over the last full ${delayWindowMs / 1000} s, by quantile`,
    labelNames: ['quantile'],
  });
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  const timer = setInterval(() => {
    for (const quantile of [0.5, 0.99, 1]) delay.set({ quantile }, histogram.percentile(quantile * 100) / 1e9);
    histogram.reset();
  }, delayWindowMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    histogram.disable();
  };
}

/** V8's names for the kinds of garbage collection, keyed by their number in the performance timeline. */
const GC_KINDS = new Map<unknown, string>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

function observeGarbageCollection(metrics: Metrics): () => void {
  const histogram = metrics.durationHistogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Garbage collection duration by kind',
    buckets: [0.001, 0.01, 0.1, 1],
  });
  const rows = new Map([...GC_KINDS].map(([number, kind]) => [number, histogram.row({ kind })]));
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail = 'detail' in entry ? entry.detail : undefined;
      const kind = typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : undefined;
      rows.get(kind)?.observe(entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function memoryLimit(): number {
  // Without a limit, cgroups report a number near 2^63.
  const limit = process.constrainedMemory();
  return limit > 0 && limit < 2 ** 53 ? limit : 0;
}

/** Returns 0 on systems other than Linux, which do not provide the number. */
function openFileDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

function maxFileDescriptors(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
