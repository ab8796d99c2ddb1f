import { consul } from '../consul/integration.ts';

/** The integrations of this service, in start order. A domain's context has the offer of each under its name here. */
export const integrations = {
  consul,
};
