import type { Logger } from 'pino';
import type { KubernetesClient } from '../../pkg/kubernetes/client.ts';
import type { ReconcileResult } from '../../pkg/kubernetes/controller.ts';
import type { EventRecorder } from '../../pkg/kubernetes/events.ts';
import type { Informer, InformerOptions } from '../../pkg/kubernetes/informer.ts';
import type { KubernetesObject } from '../../pkg/kubernetes/object.ts';
import type { Config } from '../config/config.ts';

/** What a controller can use. */
export interface ControllerContext {
  config: Config;
  /** Owner of the fields that the controller writes, in server-side apply. */
  fieldManager: string;
  logger: Logger;
  /** Creates a cache that follows a resource in the watched namespaces, and starts and stops with the program. */
  createCache<T extends KubernetesObject>(options: Omit<InformerOptions<T>, 'namespace'>): Informer<T>;
}

/** What a reconcile can use. */
export interface ReconcileContext {
  /** Aborts at the time limit, and when this replica stops or no longer leads. */
  readonly signal: AbortSignal;
  /** Sends writes only while this replica leads. */
  readonly client: KubernetesClient;
  /** Records Events, which `kubectl describe` shows. */
  readonly events: EventRecorder;
}

/** Makes the cluster match the objects of one kind. */
export interface Controller {
  /** In logs, metrics and traces: lower-case words separated by hyphens. */
  readonly name: string;
  /**
   * Calls `enqueue` with the key of each object to reconcile: first of every object, then of those that a change affects.
   * Called when this replica is elected. Returns a function that ends it.
   */
  watch(enqueue: (key: string) => void): () => void;
  /**
   * Makes the cluster match the object of this key, which may no longer exist. Never runs twice at the same time for a key.
   * If it throws, it is called again later. It must end soon after the signal aborts.
   */
  reconcile(key: string, context: ReconcileContext): Promise<void> | Promise<ReconcileResult | undefined>;
}

export type CreateController = (context: ControllerContext) => Controller;
