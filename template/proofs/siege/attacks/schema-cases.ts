import * as fc from 'fast-check';
import { fetchDocument, operationsOf } from '../../fuzz/document.ts';
import { requestsFor, wireFormat } from '../../fuzz/requests.ts';
import { createResponseCheck } from '../../fuzz/response-check.ts';
import { type Connection, LostRequest, openConnection } from '../../load/connection.ts';
import { tcpFrom } from '../from-address.ts';
import { type Attack, addressesOf, pause } from './attack.ts';

/** Requests per address: fewer than the rate limit allows. */
const CHUNK = 100;

/** Sends requests generated from the OpenAPI document, with a token, and checks the responses against it. */
export const schemaCases: Attack = async ({ url, token, seed, caseRate, signal, count }) => {
  const document = await fetchDocument(url);
  const violationOf = createResponseCheck(document);
  const arbitrary = fc.oneof(...operationsOf(document).map((operation) => requestsFor(operation, document)));
  const etags = new Map<string, string>();
  for (let chunk = 0; !signal.aborted; chunk++) {
    const [address = ''] = addressesOf(21, chunk, 1);
    const connect = tcpFrom(address, url);
    let connection: Connection | undefined;
    for (const request of fc.sample(arbitrary, { seed: seed + chunk, numRuns: CHUNK })) {
      if (signal.aborted) break;
      if (!connection?.usable) connection = openConnection(connect, 10_000);
      request.headers.push(['Authorization', `Bearer ${token}`]);
      const path = request.target.replace(/\?.*/s, '');
      const bytes = wireFormat(request, etags.get(path) ?? '"none"');
      try {
        const response = await connection.request(bytes, { head: request.method === 'HEAD' });
        const etag = response.headers.get('etag');
        if (etag !== undefined) etags.set(path, etag);
        count(String(response.status));
        const shed = response.status === 503 || response.status === 429;
        const violation = shed ? undefined : violationOf(request, response);
        // Removes the body, which differs each time.
        const summary = violation?.replace(/: \{.*/s, '');
        if (summary !== undefined) count(`fault: ${request.method} ${request.operation.template}: ${summary}`);
      } catch (error) {
        if (!(error instanceof LostRequest)) throw error;
        // Node closes the connection on a CONNECT without a handler.
        count(request.method === 'CONNECT' ? 'CONNECT closed' : `fault: ${request.method} ${error.message}`);
        connection.close();
      }
      await pause(1000 / caseRate, signal);
    }
    connection?.close();
  }
};
