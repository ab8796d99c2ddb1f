import type { Controller, ControllerContext } from '../../../internal/controller/controller.ts';
import { keyOf } from '../../../pkg/kubernetes/object.ts';
import { sampleThings } from './model.ts';
import { createReconcile } from './reconcile.ts';

/** Creates the controller of sample things. */
export function createSampleThing({ createCache, fieldManager }: ControllerContext): Controller {
  const cache = createCache({ resource: sampleThings });
  return {
    name: 'sample-thing',
    watch(enqueue) {
      const unsubscribe = cache.subscribe(({ object }) => enqueue(keyOf(object)));
      for (const sampleThing of cache.list()) enqueue(keyOf(sampleThing));
      return unsubscribe;
    },
    reconcile: createReconcile({ cache, fieldManager }),
  };
}
