import { readdirSync, readFileSync } from 'node:fs';
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Gauge } from 'prom-client';
import type { Metrics } from './metrics.ts';

export interface RuntimeMetricsOptions {
  /** Over how long the event-loop delay is looked at, in milliseconds. Default: 15 s, about a scrape interval. */
  delayWindowMs?: number;
}

/**
 * What the process and the runtime cost: CPU, memory against its limits, event loop, garbage collection, handles. Read
 * at a scrape, never reset by one, so that two scrapers see the same. (The client library's own collectors reset the
 * event-loop histogram at each scrape.)
 *
 * @returns stops what observes in the background.
 */
export function collectRuntimeMetrics(metrics: Metrics, options: RuntimeMetricsOptions = {}): () => void {
  addProcessMetrics(metrics);
  addMemoryMetrics(metrics);
  metrics
    .gauge({ name: 'nodejs_version_info', help: 'Version of Node', labelNames: ['version'] })
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
  metrics.counter({ name: 'process_cpu_seconds_total', help: 'CPU time, user and system', collect: cpuSeconds });
  metrics.gauge({ name: 'process_start_time_seconds', help: 'Start, since the epoch' }).set(startedAt);
  metrics.gauge({ name: 'process_open_fds', help: 'Open file descriptors', collect: openFileDescriptors });
  metrics.gauge({ name: 'process_max_fds', help: 'Most file descriptors' }).set(maxFileDescriptors());
  const resources: Gauge<'type'> = metrics.gauge({
    name: 'nodejs_active_resources',
    help: 'What keeps the event loop alive, by type: sockets, timers, requests',
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
  gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
  gauge('process_memory_limit_bytes', "The cgroup's memory limit; without one, the machine's memory", memoryLimit);
  gauge('nodejs_heap_size_total_bytes', 'Heap that V8 holds', () => memory().heapTotal);
  gauge('nodejs_heap_size_used_bytes', 'Heap in use', () => memory().heapUsed);
  gauge('nodejs_heap_size_limit_bytes', 'Heap at which V8 gives up', () => getHeapStatistics().heap_size_limit);
  gauge('nodejs_external_memory_bytes', 'Memory of objects outside the heap', () => memory().external);
}

function observeEventLoop(metrics: Metrics, delayWindowMs: number): () => void {
  const seconds = (ms: number) => ms / 1000;
  metrics.counter({
    name: 'nodejs_eventloop_active_seconds_total',
    help: 'Time the event loop worked; its rate is the utilisation',
    collect: () => seconds(performance.eventLoopUtilization().active),
  });
  metrics.counter({
    name: 'nodejs_eventloop_idle_seconds_total',
    help: 'Time the event loop waited for something to do',
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

/** Names of the kinds as V8 speaks of them, by the number that the performance timeline has for each. */
const GC_KINDS = new Map<unknown, string>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

function observeGarbageCollection(metrics: Metrics): () => void {
  const histogram = metrics.durationHistogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Duration of garbage collections by kind',
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
  // Without a limit cgroups answer with a number near 2^63.
  const limit = process.constrainedMemory();
  return limit > 0 && limit < 2 ** 53 ? limit : 0;
}

/** 0 where the system does not tell: anywhere but on Linux. */
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
