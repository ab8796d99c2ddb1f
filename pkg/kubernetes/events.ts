import { randomUUID } from 'node:crypto';
import type { KubernetesClient } from './client.ts';
import { isKubernetesError } from './errors.ts';
import { createFailureLog, type KubernetesLogger } from './failure-log.ts';
import { LeadershipLostError } from './fence.ts';
import { microTime } from './lease.ts';
import type { KubernetesObject } from './object.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import { untilAborted } from './until-aborted.ts';

/** The fields of an Event of events.k8s.io/v1 that are written. */
export interface KubernetesEvent extends KubernetesObject {
  readonly eventTime: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: object;
  readonly reportingController: string;
  readonly reportingInstance: string;
  /** Set if the event happened more than once. */
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export const events: Resource<KubernetesEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

export interface EventRecorderOptions {
  /** Name of the controller, such as `example.com/job-tracker`. */
  controller: string;
  /** Identifies this process, such as the name of the pod. Cut to 128 characters. */
  instance: string;
}

export interface EventDescription {
  /** Default: `Normal`. */
  type?: 'Normal' | 'Warning';
  /** Why, in CamelCase: `SizeReached`. Events that differ only in their note count as repetitions. */
  reason: string;
  /** What the controller did, in CamelCase: `Reconcile`. */
  action: string;
  /** One sentence for people. Cut to 1,024 bytes. */
  note: string;
}

export interface EventRecorder {
  /** Writes an event in the background. Events are lost if the API server is unavailable or too many are waiting. */
  record<T extends KubernetesObject>(resource: Resource<T>, object: T, event: EventDescription): void;
  /** Waits until all recorded events have been written, or until the signal aborts. */
  flush(signal: AbortSignal): Promise<void>;
}

/** An event that is still repeated. */
interface Known {
  readonly name: string;
  readonly namespace: string;
  count: number;
  lastMs: number;
  writtenMs: number;
}

/** After this time without a repetition, a new event is created, as in client-go. */
const SERIES_END_MS = 360_000;
/** Repetitions are written when their number has doubled, and after this time. */
const REFRESH_MS = 300_000;
const MAX_KNOWN = 4_096;
const MAX_WAITING = 1_000;
const WRITE_LIMIT_MS = 10_000;

/** Records events that `kubectl describe` shows. A repeated event is written seldom, with the number of repetitions. */
export function createEventRecorder(
  { controller, instance }: EventRecorderOptions,
  { client, logger }: { client: KubernetesClient; logger: KubernetesLogger },
): EventRecorder {
  const known = new Map<string, Known>();
  const failures = createFailureLog('event recorder', logger);
  let waiting = 0;
  let isDropping = false;
  /** Writes one event after the other, so that the series of an event follows the event. */
  let last: Promise<void> = Promise.resolve();

  function enqueue(write: (signal: AbortSignal) => Promise<unknown>): void {
    if (waiting >= MAX_WAITING) {
      if (!isDropping) logger.warn({ waiting }, 'event recorder: too many events are waiting; further ones are lost');
      isDropping = true;
      return;
    }
    waiting++;
    last = last.then(async () => {
      try {
        await write(AbortSignal.timeout(WRITE_LIMIT_MS));
        failures.recovered();
      } catch (error) {
        // The new leader records its own events.
        if (!(error instanceof LeadershipLostError)) failures.failed(error);
      } finally {
        waiting--;
        if (waiting === 0) isDropping = false;
      }
    });
  }

  function create<T extends KubernetesObject>(
    resource: Resource<T>,
    { metadata }: T,
    { type = 'Normal', reason, action, note }: EventDescription,
    { name, namespace }: Known,
  ): void {
    const { uid, resourceVersion } = metadata;
    const regarding = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid,
      resourceVersion,
    };
    const event: KubernetesEvent = {
      metadata: { name, namespace },
      eventTime: microTime(new Date()),
      type,
      reason,
      action,
      note: cutNote(note),
      regarding,
      reportingController: controller,
      reportingInstance: instance.slice(0, 128),
    };
    enqueue((signal) => client.create(events, event, { signal }));
  }

  function repeat(key: string, { name, namespace, count }: Known): void {
    const series = { count, lastObservedTime: microTime(new Date()) };
    enqueue(async (signal) => {
      try {
        await client.patch(events, name, { series }, { type: 'merge', namespace, signal });
      } catch (error) {
        if (!isKubernetesError(error, 'NotFound')) throw error;
        // Events expire. The next repetition creates a new one.
        known.delete(key);
      }
    });
  }

  function remember(key: string, entry: Known): void {
    // Moves the key to the end: the first one is then the one not seen for longest.
    known.delete(key);
    known.set(key, entry);
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  }

  return {
    record(resource, object, event) {
      const { name, namespace = 'default', uid } = object.metadata;
      const key = JSON.stringify([resource.kind, namespace, name, uid, event.type, event.reason, event.action]);
      const now = performance.now();
      const entry = known.get(key);
      if (entry === undefined || now - entry.lastMs > SERIES_END_MS) {
        const created = { name: eventName(name), namespace, count: 1, lastMs: now, writtenMs: now };
        remember(key, created);
        create(resource, object, event, created);
        return;
      }
      entry.count++;
      entry.lastMs = now;
      remember(key, entry);
      const isPowerOfTwo = Number.isInteger(Math.log2(entry.count));
      if (!isPowerOfTwo && now - entry.writtenMs < REFRESH_MS) return;
      entry.writtenMs = now;
      repeat(key, entry);
    },
    async flush(signal) {
      await Promise.allSettled([untilAborted(last, signal)]);
    },
  };
}

/** Returns a unique name that starts with that of the object, as `kubectl get events` sorts by it. */
function eventName(object: string): string {
  return `${object.slice(0, 216).replace(/[.-]+$/, '')}.${randomUUID()}`;
}

/** Cuts a note to the 1,024 bytes that the API server accepts. */
function cutNote(note: string): string {
  return note.slice(0, new TextEncoder().encodeInto(note, new Uint8Array(1_024)).read);
}
