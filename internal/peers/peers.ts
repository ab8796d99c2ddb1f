import { Type } from 'typebox';
import { problemResponses } from '../../pkg/httpserver/problem/problem-schema.ts';
import type { Domain, DomainContext } from '../app/domain.ts';
import { type Peers, peerSchema, peersSchema } from './model.ts';
import { createPeerService } from './service.ts';

/** Creates the domain that lists the instances of this service and the version that each runs. */
export function createPeers({ self, client, consul }: DomainContext): Domain {
  const service = createPeerService({ self, discovery: consul && { client, resolver: consul.resolver } });
  return {
    async routes(app) {
      app.addSchema(peerSchema);
      app.addSchema(peersSchema);
      const schema = {
        operationId: 'listPeers',
        summary: 'List the healthy instances of this service and their versions',
        tags: ['service'],
        response: {
          200: Type.Unsafe<Peers>(
            Type.Ref('Peers#', { description: 'The instances, including those that did not respond' }),
          ),
          ...problemResponses(401, 403, 500, 503),
        },
      };
      app.get('/peers', { config: { access: 'peers:read' }, schema }, (request) =>
        service.list({ requestId: request.id, signal: request.signal }),
      );
    },
  };
}
