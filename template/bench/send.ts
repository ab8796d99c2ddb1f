import { Agent, request } from 'undici';
import type { HttpRequest } from './load/request.ts';

/**
 * Sends the requests to the server at this origin, one after the other, and returns the bodies of the responses.
 *
 * @param options.ca PEM of the authority that signed the server's certificate.
 * @throws Error if the status of a response is not 200 or 201.
 */
export async function sendAll(
  origin: string,
  requests: readonly HttpRequest[],
  { ca }: { ca: string },
): Promise<string[]> {
  const dispatcher = new Agent({ connect: { ca } });
  const bodies: string[] = [];
  try {
    for (const { method, path, headers = {}, body = null } of requests) {
      const response = await request(`${origin}${path}`, {
        dispatcher,
        method: method as 'GET' | 'PUT',
        headers,
        body,
      });
      const text = await response.body.text();
      if (response.statusCode !== 200 && response.statusCode !== 201) {
        throw new Error(`${method} ${origin}${path}: unexpected response ${response.statusCode} ${text}`);
      }
      bodies.push(text);
    }
  } finally {
    await dispatcher.close();
  }
  return bodies;
}
