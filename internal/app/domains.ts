import type { CreateDomain } from './domain.ts';
import { createFlagsDomain } from './flags.ts';
import { createPeersDomain } from './peers.ts';

/** What this service is there for. */
export const domains: readonly CreateDomain[] = [createFlagsDomain, createPeersDomain];
