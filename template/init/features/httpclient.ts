import { cutEntry, cutLines } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { PEERS_GRANT } from './shared.ts';

export const httpclient: Feature = {
  name: 'httpclient',
  about: 'the client for calls to other services: retries, circuit breakers, spans; with it /v1/peers',
  files: [
    'pkg/httpclient',
    'internal/app/http-client.ts',
    'internal/peers',
    'deploy/observability/dashboard/httpclient.json',
    'docs/peers.md',
    'docs/recipes/call-another-service.md',
    'scripts/new/client',
  ],
  packages: ['cockatiel'],
  edits: [
    ['internal/app/app.ts', cutLines(/const resolver =|createServiceClient\(|client\.close/), cutEntry('client')],
    ['internal/consul/connect.ts', cutEntry('resolver')],
    ['internal/kubernetes/connect.ts', cutEntry('resolver')],
    ['config/default.yaml', PEERS_GRANT],
  ],
};
