import { expect, onTestFinished, test } from 'vitest';
import { startOtlpReceiver } from '../tracing/otlp-receiver.ts';
import { AUDIENCE, startIssuer } from './issuer.ts';
import { startProxy } from './proxy.ts';
import { startItemsService } from './service.ts';

/** A service with an issuer and a collector, and the hosts that it reached through the proxy. */
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

test('keys are fetched and spans exported through the proxy when Node is told to use it', async () => {
  const { proxied, keys, spans } = await start((HTTP_PROXY) => ({ NODE_USE_ENV_PROXY: '1', HTTP_PROXY }));
  expect(proxied).toEqual(new Set([keys, spans]));
});

test('NO_PROXY is honoured', async () => {
  const { proxied } = await start((HTTP_PROXY) => ({ NODE_USE_ENV_PROXY: '1', HTTP_PROXY, NO_PROXY: '127.0.0.1' }));
  expect(proxied).toEqual(new Set());
});

test('without NODE_USE_ENV_PROXY the proxy is not used', async () => {
  const { proxied } = await start((HTTP_PROXY) => ({ HTTP_PROXY }));
  expect(proxied).toEqual(new Set());
});
