import { Type } from 'typebox';
import type { HttpApp } from '../../pkg/httpserver/server.ts';

export interface Version {
  name: string;
  version: string;
  revision: string;
  /** Node version. */
  node: string;
}

export const SERVICE_TAG = { name: 'service', description: 'The running service.' };

const versionSchema = Type.Object(
  {
    name: Type.String({ description: 'Name of the service.', examples: ['skiff'] }),
    version: Type.String({ description: 'Version of the service.', examples: ['1.2.3'] }),
    revision: Type.String({ description: 'Commit that the service was built from.', examples: ['3b1f9c2'] }),
    node: Type.String({ description: 'Node version.', examples: ['v26.10.0'] }),
  },
  { description: 'Version of the running service' },
);

export function addVersionRoute(app: HttpApp, version: Version): void {
  const schema = {
    operationId: 'getVersion',
    summary: 'Get the version of the running service',
    tags: [SERVICE_TAG.name],
    response: { 200: versionSchema },
  };
  app.get('/version', { schema, config: { access: 'public' } }, async () => version);
}
