import * as fc from 'fast-check';
import { createAnswerCheck } from '../../fuzz/answer-check.ts';
import { fetchDocument, operationsOf } from '../../fuzz/document.ts';
import { requestsFor, wireFormat } from '../../fuzz/requests.ts';
import { type Connection, LostRequest, openConnection } from '../../load/connection.ts';
import { tcpFrom } from '../from-address.ts';
import { type Attack, addressesOf, pause } from './attack.ts';

/** From one address: fewer than its share of the rate limit. */
const CHUNK = 100;

/** Sends requests generated from the OpenAPI document, with a token, and checks the responses against it. */
export const schemaCases: Attack = async ({ url, token, seed, caseRate, signal, count }) => {
  const document = await fetchDocument(url);
  const wrongWith = createAnswerCheck(document);
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
        const answer = await connection.ask(bytes, { head: request.method === 'HEAD' });
        const etag = answer.headers.get('etag');
        if (etag !== undefined) etags.set(path, etag);
        count(String(answer.status));
        const shed = answer.status === 503 || answer.status === 429;
        const wrong = shed ? undefined : wrongWith(request, answer);
        // Without the response itself, which differs each time.
        const what = wrong?.replace(/: \{.*/s, '');
        if (what !== undefined) count(`fault: ${request.method} ${request.operation.template}: ${what}`);
      } catch (error) {
        if (!(error instanceof LostRequest)) throw error;
        // Node closes the connection of a CONNECT that nobody accepts.
        count(request.method === 'CONNECT' ? 'CONNECT closed' : `fault: ${request.method} ${error.message}`);
        connection.close();
      }
      await pause(1000 / caseRate, signal);
    }
    connection?.close();
  }
};
