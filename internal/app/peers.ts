import { createPeers } from '../peers/peers.ts';
import type { Domain, DomainContext } from './domain.ts';

export function createPeersDomain({ self, client, consul }: DomainContext): Domain {
  return createPeers({ self, discovery: consul && { client, resolver: consul.resolver } });
}
