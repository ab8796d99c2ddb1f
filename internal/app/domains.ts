import { createFlags } from '../flags/flags.ts';
import { createPeers } from '../peers/peers.ts';
import type { CreateDomain } from './domain.ts';

/** The domains of this service. */
export const domains: readonly CreateDomain[] = [
  // In the order in which /openapi.json lists them.
  createFlags,
  createPeers,
];
