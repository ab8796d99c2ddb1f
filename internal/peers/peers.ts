import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { problemResponses } from '../../pkg/httpserver/problem-schema.ts';
import { type Peers, peerSchema, peersSchema } from './model.ts';
import { createPeerService, type PeerServiceDependencies } from './service.ts';

/** Who else runs this service, and what: to be registered under the version's prefix. */
export function createPeers(dependencies: PeerServiceDependencies): { routes: FastifyPluginAsyncTypebox } {
  const service = createPeerService(dependencies);
  return {
    async routes(app) {
      app.addSchema(peerSchema);
      app.addSchema(peersSchema);
      const schema = {
        operationId: 'listPeers',
        summary: 'Ask every healthy instance of this service what it runs',
        tags: ['service'],
        response: {
          200: Type.Unsafe<Peers>(Type.Ref('Peers#', { description: 'Those that did not answer included' })),
          ...problemResponses(401, 403, 500, 503),
        },
      };
      app.get('/peers', { config: { access: 'peers:read' }, schema }, (request) =>
        service.list({ requestId: request.id, signal: request.signal }),
      );
    },
  };
}
