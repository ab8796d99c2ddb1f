import type { ClientRequest, IncomingMessage } from 'node:http';

interface Transport {
  request(options: object): ClientRequest;
}

/**
 * Makes a call fail immediately when its connection breaks during the response. The package (papi 1.1.2) listens only
 * for the end of a response, so such a call would last until its timeout: minutes, for a blocking query.
 */
export function failOnBrokenResponse(client: object): void {
  if (!('_ext' in client) || typeof client._ext !== 'function') {
    throw new TypeError('this version of the consul package has no _ext: failOnBrokenResponse must be rewritten');
  }
  // papi's documented extension point, called before a request is sent.
  client._ext('onRequest', (call: { transport: Transport }, next: () => void) => {
    const { transport } = call;
    call.transport = {
      request(options) {
        const request = transport.request(options);
        request.on('response', (response: IncomingMessage) => {
          response.on('error', (error) => request.emit('error', error));
        });
        return request;
      },
    };
    next();
  });
}
