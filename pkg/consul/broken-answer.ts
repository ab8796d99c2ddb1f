import type { ClientRequest, IncomingMessage } from 'node:http';

interface Transport {
  request(options: object): ClientRequest;
}

/**
 * Makes a call fail at once when its connection breaks in the middle of the answer. The package (papi 1.1.2) listens
 * to the end of an answer only, so that such a call would last until its time limit: minutes, for a blocking query.
 */
export function failOnBrokenAnswer(client: object): void {
  if (!('_ext' in client) || typeof client._ext !== 'function') {
    throw new TypeError('this version of the consul package has no _ext: failOnBrokenAnswer has to be written anew');
  }
  // papi's documented extension point, before a request is sent.
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
