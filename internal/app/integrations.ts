import { consul } from '../consul/integration.ts';

/** The optional systems of this service, in the order in which they start. A domain's context has each by this name. */
export const integrations = {
  consul,
};
