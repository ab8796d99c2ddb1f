import { Type } from 'typebox';
import type { HttpApp } from '../../pkg/httpserver/server.ts';

export interface Version {
  name: string;
  version: string;
  revision: string;
  /** Version of Node it runs on. */
  node: string;
}

const versionSchema = Type.Object(
  { name: Type.String(), version: Type.String(), revision: Type.String(), node: Type.String() },
  { description: 'What is running' },
);

export function addVersionRoute(app: HttpApp, version: Version): void {
  const schema = {
    operationId: 'getVersion',
    summary: 'What is running',
    tags: ['service'],
    response: { 200: versionSchema },
  };
  app.get('/version', { schema, config: { access: 'public' } }, async () => version);
}
