import type { Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { KubernetesClient } from '../../pkg/kubernetes/client.ts';
import { createController } from '../../pkg/kubernetes/controller.ts';
import { createControllerMetrics } from '../../pkg/kubernetes/controller-metrics.ts';
import type { EventRecorder } from '../../pkg/kubernetes/events.ts';
import { createFencedClient } from '../../pkg/kubernetes/fence.ts';
import type { Leadership, LeaseElection } from '../../pkg/kubernetes/leader-election.ts';
import { createWorkQueue } from '../../pkg/kubernetes/work-queue.ts';
import { createQueueMetrics } from '../../pkg/kubernetes/work-queue-metrics.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Controller, ReconcileContext } from './controller.ts';

export interface WorkersOptions {
  /** How many keys each controller reconciles at the same time. */
  concurrency: number;
  reconcileTimeoutMs: number;
}

export interface WorkersDependencies {
  controllers: readonly Controller[];
  caches: { whenSynced(signal: AbortSignal): Promise<void> };
  /** If undefined, this replica always works. */
  election: LeaseElection | undefined;
  client: KubernetesClient;
  createEvents(client: KubernetesClient): EventRecorder;
  metrics: Metrics;
  tracer: Tracer | undefined;
  logger: Logger;
}

/** How long the last Event of a term may take, in milliseconds. Events that are not sent yet are discarded. */
const FLUSH_MS = 1_000;

/**
 * Runs the controllers while this replica leads. When it loses the Lease, it stops them and runs for election again: its
 * caches stay, so it need not read the cluster again.
 */
export function createWorkers(
  { concurrency, reconcileTimeoutMs }: WorkersOptions,
  { controllers, caches, election, client, createEvents, metrics, tracer, logger }: WorkersDependencies,
): Component {
  const [queueMetrics, controllerMetrics] = [createQueueMetrics(metrics), createControllerMetrics(metrics)];
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();

  /** Resolves once the signal has aborted and every reconcile has ended. */
  async function work(leadership: Leadership): Promise<void> {
    const { signal } = leadership;
    await caches.whenSynced(signal);
    const fenced = createFencedClient(client, leadership);
    const context = { client: fenced, events: createEvents(fenced) };
    await Promise.all(controllers.map((controller) => runUntilAborted(controller, context, signal)));
    await context.events.flush(AbortSignal.timeout(FLUSH_MS));
  }

  async function runUntilAborted(
    { name, watch, reconcile }: Controller,
    term: Omit<ReconcileContext, 'signal'>,
    signal: AbortSignal,
  ): Promise<void> {
    const queue = createWorkQueue({ name }, { metrics: queueMetrics });
    const workers = createController(
      { name, concurrency, reconcileTimeoutMs },
      {
        queue,
        reconcile: (key, context) => reconcile(key, { ...context, ...term }),
        logger,
        metrics: controllerMetrics,
        tracer,
      },
    );
    const unwatch = watch(queue.add);
    await workers.run(signal);
    unwatch();
    queue.close();
  }

  /** The wait for the caches ends with an error when the program stops. */
  function onlyAfterStop(error: unknown): void {
    if (!signal.aborted) throw error;
  }

  return {
    name: 'workers',
    start() {
      if (election !== undefined) election.start(work);
      else running = work({ signal, lost: signal, valid: () => true }).catch(onlyAfterStop);
    },
    async stop(limit) {
      stopping.abort();
      await election?.stop(limit);
      await running;
    },
  };
}
