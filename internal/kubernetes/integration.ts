import type { Integration } from '../app/integration.ts';
import type { Kubernetes } from './connect.ts';

/** Finds other services by their EndpointSlices, and elects a leader by a Lease. */
export const kubernetes: Integration<Kubernetes> = {
  async connect({ configuration, env, metrics, logging }) {
    const config = configuration.current;
    if (!config.kubernetes.enabled) return undefined;
    // Loading this takes as long as the rest of the start, so it is loaded only if it is enabled.
    const { connect } = await import('./connect.ts');
    return connect(config, { env, metrics, logging });
  },
};
