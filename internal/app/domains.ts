import type { CreateDomain } from './domain.ts';
import { createFlagsDomain } from './flags.ts';
import { createPeersDomain } from './peers.ts';

/** What this service is there for. */
export const domains: readonly CreateDomain[] = [
  // In the order in which /openapi.json lists them.
  createFlagsDomain,
  createPeersDomain,
];
