import type { HttpClient, HttpClientDependencies } from '../../pkg/httpclient/http-client.ts';

/**
 * Asks other services. Loaded with the first request: the library below it is a third of what the service would load at
 * its start, and many a service asks nobody.
 */
export function createServiceClient(dependencies: HttpClientDependencies): HttpClient {
  let loading: Promise<HttpClient> | undefined;
  async function load(): Promise<HttpClient> {
    const { createHttpClient } = await import('../../pkg/httpclient/http-client.ts');
    return createHttpClient({}, dependencies);
  }
  return {
    async request(url, request) {
      loading ??= load();
      return (await loading).request(url, request);
    },
    async close() {
      await (await loading)?.close();
    },
  };
}
