/** A worker of the build: sends the schemas of all routes of the service, which it builds but does not start. */
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { runApp } from '../../internal/app/app.ts';
import { domains } from '../../internal/app/domains.ts';

const defaultConfigDir = join(import.meta.dirname, '../../config');
await runApp({ env: {}, set: ['environment=test'], defaultConfigDir }, domains, async (servers) => {
  const schemas = await Promise.all(servers.map((server) => server.schemas()));
  parentPort?.postMessage(schemas.flat());
  return 0;
});
process.exit();
