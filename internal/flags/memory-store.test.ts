import { createMemoryFlagStore } from './memory-store.ts';
import { describeFlagStore, START_MS } from './store-suite.ts';

describeFlagStore(({ maxFlags = 1_000 } = {}) => {
  const clock = { nowMs: START_MS };
  return { clock, store: createMemoryFlagStore({ maxFlags }, { now: () => clock.nowMs }) };
});
