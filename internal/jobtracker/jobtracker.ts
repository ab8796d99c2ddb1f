import { keyOf } from '../../pkg/kubernetes/object.ts';
import type { Controller, ControllerContext } from '../controller/controller.ts';
import { jobTrackers } from './model.ts';
import { createReconcile } from './reconcile.ts';
import { jobIndexes, podIndexes, trackerIndexes, trackersOf, trackersOfPod } from './selection.ts';
import { jobs, pods, trimJob, trimPod } from './workloads.ts';

/** Creates the example controller: JobTracker. */
export function createJobTracker({ createCache, fieldManager }: ControllerContext): Controller {
  const caches = {
    trackers: createCache({ resource: jobTrackers, indexes: trackerIndexes }),
    jobs: createCache({ resource: jobs, indexes: jobIndexes, transform: trimJob }),
    pods: createCache({ resource: pods, indexes: podIndexes, transform: trimPod }),
  };

  return {
    name: 'jobtracker',
    watch(enqueue) {
      const enqueueAll = (trackers: Iterable<{ metadata: { name: string } }>) => {
        for (const tracker of trackers) enqueue(keyOf(tracker));
      };
      const subscriptions = [
        caches.trackers.subscribe(({ object }) => enqueue(keyOf(object))),
        caches.jobs.subscribe(({ object, old = object }) => {
          enqueueAll(trackersOf(object, caches));
          // A change of its labels may have moved the Job away from a tracker.
          if (old !== object) enqueueAll(trackersOf(old, caches));
        }),
        caches.pods.subscribe(({ object, old, type }) => {
          if (type !== 'updated' || object.spec?.nodeName !== old?.spec?.nodeName) {
            enqueueAll(trackersOfPod(object, caches));
          }
        }),
      ];
      enqueueAll(caches.trackers.list());
      return () => {
        for (const unsubscribe of subscriptions) unsubscribe();
      };
    },
    reconcile: createReconcile({ caches, fieldManager }),
  };
}
