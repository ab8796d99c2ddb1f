import type { SampleThingInput } from '../model.ts';

/** A valid request body, used by all tests: a new required field needs a line here. */
export const input: SampleThingInput = {
  name: 'first',
};
