import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AUDIENCE, startIssuer } from '../../../test/support/issuer.ts';
import { temporaryFiles } from '../../../test/support/temporary-files.ts';
import { createTestAuthority } from '../../../test/support/test-authority.ts';
import { startItemsService } from '../../support/items-service.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { startProxy } from '../../support/proxy.ts';

/** Runs a service with a proxy, an issuer and a collector. Returns the hosts that it reached through the proxy. */
async function start(variables: (proxy: string) => NodeJS.ProcessEnv) {
  const [proxy, issuer, receiver] = await Promise.all([
    startProxy(),
    startIssuer(['items-reader']),
    startOtlpReceiver(),
  ]);
  const service = await startItemsService({
    env: {
      SKIFF_AUTH_ENABLED: 'true',
      SKIFF_AUTH_ISSUER: issuer.url,
      SKIFF_AUTH_AUDIENCE: AUDIENCE,
      SKIFF_AUTH_JWKS_URL: issuer.jwksUrl,
      SKIFF_TRACING_ENDPOINT: receiver.endpoint,
      SKIFF_TRACING_SAMPLE_RATIO: '1',
      ...variables(proxy.url),
    },
  });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exit;
    receiver.close();
    proxy.close();
    await issuer.close();
  });
  const authorization = `Bearer ${await issuer.token('items-reader')}`;
  const { status } = await fetch(`${service.url}/v1/items`, { headers: { authorization } });
  service.kill('SIGTERM');
  expect([status, (await service.exit).code]).toEqual([200, 0]);
  expect(receiver.spans).toHaveLength(1);
  return { proxied: new Set(proxy.targets), keys: new URL(issuer.url).host, spans: new URL(receiver.endpoint).host };
}

test('with NODE_USE_ENV_PROXY, keys are fetched and spans are exported through the proxy', async () => {
  const { proxied, keys, spans } = await start((HTTP_PROXY) => ({ NODE_USE_ENV_PROXY: '1', HTTP_PROXY }));
  expect(proxied).toEqual(new Set([keys, spans]));
});

test('hosts in NO_PROXY bypass the proxy', async () => {
  const { proxied } = await start((HTTP_PROXY) => ({ NODE_USE_ENV_PROXY: '1', HTTP_PROXY, NO_PROXY: '127.0.0.1' }));
  expect(proxied).toEqual(new Set());
});

test('without NODE_USE_ENV_PROXY the proxy is not used', async () => {
  const { proxied } = await start((HTTP_PROXY) => ({ HTTP_PROXY }));
  expect(proxied).toEqual(new Set());
});

test('a collector with TLS is reached through a tunnel, and its certificate is verified', async () => {
  const authority = await createTestAuthority();
  const { cert, key } = await authority.issue('CN=collector');
  const requests: string[] = [];
  const collector = createServer({ cert, key }, (request, response) => {
    requests.push(request.url ?? '');
    request.resume();
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const proxy = await startProxy();
  const host = `127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const run = async (certificate: string) => {
    const service = await startItemsService({
      env: {
        ...{ NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: proxy.url, SKIFF_TRACING_SAMPLE_RATIO: '1' },
        OTEL_EXPORTER_OTLP_ENDPOINT: `https://${host}`,
        OTEL_EXPORTER_OTLP_CERTIFICATE: join(temporaryFiles({ 'ca.pem': certificate }), 'ca.pem'),
      },
    });
    await (await fetch(`${service.url}/v1/items`)).text();
    service.kill('SIGTERM');
    return (await service.exit).code;
  };
  onTestFinished(() => {
    collector.closeAllConnections();
    collector.close();
    proxy.close();
  });
  expect(await run(authority.cert)).toBe(0);
  expect([requests, new Set(proxy.targets)]).toEqual([['/v1/traces'], new Set([host])]);
  await run((await createTestAuthority('CN=Another')).cert);
  expect(requests).toHaveLength(1);
});
