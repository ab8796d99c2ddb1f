import { Type } from 'typebox';
import type { HttpApp } from '../../pkg/httpserver/server.ts';

export interface Version {
  name: string;
  version: string;
  revision: string;
  /** Node version. */
  node: string;
}

const versionSchema = Type.Object(
  {
    name: Type.String({ description: 'Name of the service.' }),
    version: Type.String({ description: 'Version of the service.' }),
    revision: Type.String({ description: 'Commit that the service was built from.' }),
    node: Type.String({ description: 'Node version.' }),
  },
  { description: 'Version of the running service' },
);

export function addVersionRoute(app: HttpApp, version: Version): void {
  const schema = {
    operationId: 'getVersion',
    summary: 'Get the version of the running service',
    tags: ['service'],
    response: { 200: versionSchema },
  };
  app.get('/version', { schema, config: { access: 'public' } }, async () => version);
}
