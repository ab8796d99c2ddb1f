import { describeFlagStore, START_MS } from '../../../test/support/flags-store-suite.ts';
import { createMemoryFlagStore } from './memory.ts';

describeFlagStore(({ maxFlags = 1_000 } = {}) => {
  const clock = { nowMs: START_MS };
  return { clock, store: createMemoryFlagStore({ maxFlags }, { now: () => clock.nowMs }) };
});
