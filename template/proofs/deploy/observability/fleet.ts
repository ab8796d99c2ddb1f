import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as sendPlain } from 'node:http';
import { request as sendTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Service, startService } from '../../../../test/support/service.ts';
import { createTestAuthority } from '../../../../test/support/test-authority.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../../support/otlp-receiver.ts';
import { consulSide } from './consul-load.ts';
import { loadFlags } from './flags-load.ts';
import type { OptionalSystem } from './optional-system.ts';
import { postgresSide } from './postgres-load.ts';

const PROGRAM = 'template/proofs/deploy/observability/server-program.ts';

const SYSTEMS: readonly OptionalSystem[] = [
  // Each has a file of its own.
  consulSide,
  postgresSide,
];

export const fleetCanStart = SYSTEMS.every(({ available }) => available);

/** Instances that together have values for all metrics. */
export interface Fleet {
  readonly services: readonly Service[];
  /** Receiver of the spans of the first instance. */
  readonly receiver: OtlpReceiver;
  /** Sends one more round of valid and invalid requests. */
  load(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts three instances: a healthy one with traces, one whose collector fails and which serves one request at a time, and
 * one with authentication and TLS.
 */
export async function startFleet(): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  const put = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const systems = await Promise.all(SYSTEMS.map(({ start }) => start()));
  const reachable = Object.assign({}, ...systems.map((system) => system.reachable));
  const unreachable = Object.assign({}, ...systems.map((system) => system.unreachable));
  const receiver = await startOtlpReceiver();
  const failingReceiver = await startOtlpReceiver({ status: 500 });
  const authority = await createTestAuthority();
  const { cert, key } = await authority.issue('CN=server');

  const services = await Promise.all([
    startService({ program: PROGRAM, env: { ...reachable, SKIFF_TRACING_ENDPOINT: receiver.endpoint } }),
    startService({
      program: PROGRAM,
      env: {
        ...unreachable,
        SKIFF_HTTP_MAX_CONCURRENT: '1',
        SKIFF_TRACING_ENDPOINT: failingReceiver.endpoint,
        OTEL_EXPORTER_OTLP_TIMEOUT: '300',
        OTEL_BSP_SCHEDULE_DELAY: '10',
      },
    }),
    startService({
      program: PROGRAM,
      env: {
        SKIFF_AUTH_ENABLED: 'true',
        SKIFF_AUTH_ISSUER: 'https://issuer.example.com',
        SKIFF_AUTH_AUDIENCE: 'skiff',
        SKIFF_AUTH_JWKS_FILE: put('jwks.json', publicKeys()),
        SKIFF_HTTP_TLS_CERT_FILE: put('tls.crt', cert),
        SKIFF_HTTP_TLS_KEY_FILE: put('tls.key', key),
      },
    }),
  ]);
  const [healthy, degraded, guarded] = services;
  for (const { line } of systems) if (line !== undefined) await healthy.line(line);

  async function load(): Promise<void> {
    const item = `${healthy.url}/v1/items/observed`;
    const body = JSON.stringify({ enabled: true });
    await fetch(item, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
    for (const path of ['/v1/items', '/v1/items/observed', '/v1/items/absent', '/nowhere', '/readyz']) {
      await (await fetch(healthy.url + path)).text();
    }
    await loadFlags(healthy);
    for (const system of systems) await system.load(healthy, degraded);
    await abort(degraded);
    await sendWithoutToken(guarded, authority.cert);
  }

  return {
    services,
    receiver,
    load,
    async stop() {
      for (const service of services) service.kill('SIGKILL');
      await Promise.all(services.map(({ exit }) => exit));
      for (const each of [receiver, failingReceiver]) each.close();
      await Promise.all(systems.map((system) => system.stop()));
      rmSync(folder, { recursive: true });
    },
  };
}

/** Occupies the only request slot with an incomplete body, so that another request is rejected, and then aborts. */
async function abort({ url }: Service): Promise<void> {
  const headers = { 'content-type': 'application/json', 'content-length': '100', expect: '100-continue' };
  const waiting = sendPlain(`${url}/v1/items/waiting`, { method: 'PUT', headers });
  waiting.flushHeaders();
  waiting.on('error', () => {});
  await once(waiting, 'continue');
  const rejected = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' };
  await (await fetch(`${url}/v1/items/rejected`, rejected)).text();
  waiting.destroy();
}

async function sendWithoutToken({ url }: Service, ca: string): Promise<void> {
  const sent = sendTls(`https://127.0.0.1:${new URL(url).port}/v1/items`, { ca }).end();
  const [response] = await once(sent, 'response');
  await once(response.resume(), 'end');
}

function publicKeys(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] });
}
