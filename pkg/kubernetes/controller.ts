import type { Tracer } from '@opentelemetry/api';
import type { Component } from '../lifecycle/component.ts';
import type { ControllerMetrics, ReconcileOutcome } from './controller-metrics.ts';
import { isKubernetesError } from './errors.ts';
import type { KubernetesLogger } from './failure-log.ts';
import { createReconcileLog } from './reconcile-log.ts';
import { startReconcileSpan } from './reconcile-span.ts';
import type { WorkQueue } from './work-queue.ts';

export interface ControllerOptions {
  /** Appears in logs, metrics and spans. */
  name: string;
  /** Maximum number of keys processed at the same time. Default: 1. */
  concurrency?: number;
  /** When the signal of a reconcile aborts, in milliseconds. Default: 60,000. */
  reconcileTimeoutMs?: number;
}

export interface ControllerDependencies {
  queue: WorkQueue;
  /**
   * Brings one object to its desired state. It is never called twice at the same time with the same key. The object of
   * the key may no longer exist. It must end soon after the signal has aborted. If it rejects, it is called again later.
   */
  reconcile: (key: string, context: ReconcileContext) => Promise<ReconcileResult | undefined> | Promise<void>;
  logger: KubernetesLogger;
  metrics?: ControllerMetrics | undefined;
  tracer?: Tracer | undefined;
}

export interface ReconcileContext {
  /** Aborts at the time limit and when the controller stops. */
  readonly signal: AbortSignal;
}

export interface ReconcileResult {
  /** Calls `reconcile` again after this time, in milliseconds. Default, and if 0: only after the next change. */
  readonly requeueAfterMs?: number | undefined;
}

export interface Controller extends Component {
  /**
   * Processes keys until the signal aborts or the queue is closed and empty, then resolves once the running reconciles
   * have ended. Never rejects.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Runs in the background until `stop`. */
  start(): void;
  /** Aborts the running reconciles and waits until they have ended. */
  stop(): Promise<void>;
}

/** Delay after a conflict, in milliseconds. The cache usually has the newer version by then. */
const CONFLICT_RETRY_MS = 100;

/** Number of successive conflicts of a key from which a conflict counts as a failure. */
const MAX_CONFLICTS = 10;

/** Takes keys from a queue and calls `reconcile` for each. A key that fails backs off without delaying other keys. */
export function createController(
  { name, concurrency = 1, reconcileTimeoutMs = 60_000 }: ControllerOptions,
  { queue, reconcile, logger, metrics, tracer }: ControllerDependencies,
): Controller {
  const series = metrics?.series(name, concurrency);
  const log = createReconcileLog(name, logger);
  const stopping = new AbortController();
  const conflicts = new Map<string, number>();
  let running: Promise<void> = Promise.resolve();

  async function run(signal: AbortSignal): Promise<void> {
    /** Abort the reconciles in progress. One listener serves all, because listeners of a long-lived signal pile up. */
    const aborts = new Set<AbortController>();
    const onAbort = (): void => {
      for (const abort of aborts) abort.abort(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    await Promise.all(Array.from({ length: concurrency }, () => work(signal, aborts)));
    signal.removeEventListener('abort', onAbort);
  }

  async function work(signal: AbortSignal, aborts: Set<AbortController>): Promise<void> {
    for (let key = await queue.get(signal); key !== undefined; key = await queue.get(signal)) {
      const abort = new AbortController();
      aborts.add(abort);
      // The signal may have aborted after the queue had handed out the key.
      if (signal.aborted) queue.add(key);
      else await processKey(key, signal, abort);
      aborts.delete(abort);
      queue.done(key);
    }
  }

  async function processKey(key: string, stopped: AbortSignal, abort: AbortController): Promise<void> {
    const startedAt = performance.now();
    const span = startReconcileSpan(tracer, { controller: name, key, retries: queue.retries(key) });
    series?.started();
    const outcome = await span.run(async () => {
      const timer = setTimeout(() => onTimeLimit(key, abort), reconcileTimeoutMs);
      try {
        return succeeded(key, (await reconcile(key, { signal: abort.signal })) ?? {});
      } catch (error) {
        const failure = failed(key, error, stopped);
        if (failure === 'error') span.failed(error);
        return failure;
      } finally {
        clearTimeout(timer);
      }
    });
    span.end(outcome);
    series?.ended(outcome, performance.now() - startedAt);
  }

  /** Logs the failure now, because a reconcile that ignores its signal would block its worker without a trace. */
  function onTimeLimit(key: string, abort: AbortController): void {
    const error = new DOMException(`reconcile reached its time limit of ${reconcileTimeoutMs} ms`, 'TimeoutError');
    series?.timedOut();
    log.failed(key, error);
    abort.abort(error);
  }

  function succeeded(key: string, { requeueAfterMs = 0 }: ReconcileResult): ReconcileOutcome {
    queue.forget(key);
    conflicts.delete(key);
    log.succeeded(key);
    if (!(requeueAfterMs > 0)) return 'success';
    queue.addAfter(key, requeueAfterMs);
    return 'requeue_after';
  }

  function failed(key: string, error: unknown, stopped: AbortSignal): ReconcileOutcome | undefined {
    if (stopped.aborted) {
      queue.add(key);
      return undefined;
    }
    // Another client changed the object meanwhile, which is no failure unless it never ends.
    const count = isKubernetesError(error, 'Conflict') ? (conflicts.get(key) ?? 0) + 1 : 0;
    conflicts.set(key, count);
    if (count > 0 && count <= MAX_CONFLICTS) {
      queue.addAfter(key, CONFLICT_RETRY_MS);
      return 'requeue';
    }
    queue.addRateLimited(key);
    log.failed(key, error);
    return 'error';
  }

  return {
    name: `controller ${name}`,
    run,
    start() {
      running = run(stopping.signal);
    },
    async stop() {
      stopping.abort(new Error('stopping'));
      await running;
    },
  };
}
