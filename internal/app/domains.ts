import { createFlags } from '../flags/flags.ts';
import { createPeers } from '../peers/peers.ts';
import type { CreateDomain } from './domain.ts';

/** What this service is there for. */
export const domains: readonly CreateDomain[] = [
  // In the order in which /openapi.json lists them.
  createFlags,
  createPeers,
];
