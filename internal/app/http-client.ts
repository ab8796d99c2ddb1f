import type { HttpClient, HttpClientDependencies } from '../../pkg/httpclient/http-client.ts';

/**
 * Creates the client for other services. Its implementation is loaded on the first request: the underlying library is a
 * third of the code that would otherwise load at startup, and many services never send a request.
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
