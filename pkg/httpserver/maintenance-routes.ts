import { Type } from 'typebox';
import type { Maintenance } from '../health/maintenance.ts';
import type { HttpApp } from './server.ts';

/** One hour, so that an instance that is forgotten returns by itself. */
const MAX_SECONDS = 3600;

const bodySchema = Type.Object(
  {
    seconds: Type.Integer({ minimum: 1, maximum: MAX_SECONDS }),
    reason: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { additionalProperties: false },
);

/** Adds `GET`, `PUT` and `DELETE /maintenance`, which take this instance out of service and back. Requires `admin`. */
export function addMaintenanceRoutes(app: HttpApp, maintenance: Maintenance): void {
  const config = { access: 'admin' };
  const state = () => ({ active: maintenance.current !== undefined, ...maintenance.current });

  app.get('/maintenance', { config }, async () => state());
  app.put('/maintenance', { config, schema: { body: bodySchema } }, async ({ body: { seconds, reason } }) => {
    maintenance.begin({ durationMs: seconds * 1000, reason });
    return state();
  });
  app.delete('/maintenance', { config }, async () => {
    maintenance.end();
    return state();
  });
}
