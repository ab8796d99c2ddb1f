import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../test/support/service.ts';
import { amount } from '../support/amount.ts';
import { startItemsService } from '../support/items-service.ts';
import { fetchDocument, operationsOf } from './fuzz/document.ts';
import { type FuzzedRequest, requestsFor, wireFormat } from './fuzz/requests.ts';
import { createResponseCheck } from './fuzz/response-check.ts';
import { tcpTo } from './load/connect.ts';
import { type Connection, LostRequest, openConnection } from './load/connection.ts';
import type { RawResponse } from './load/response-reader.ts';
import { measure } from './measure.ts';

const CASES = amount('FUZZ_CASES', { short: 2000, long: 20_000 });
const CASE_LIMIT_MS = 5000;

/** Outcomes that the run must include: a fuzzer whose requests are all rejected proves little. */
const REACHED = [
  ...[201, 412, 422].map((status) => `PUT /v1/items/{key} ${status}`),
  ...[200, 304, 404].map((status) => `GET /v1/items/{key} ${status}`),
  ...[204, 404, 412].map((status) => `DELETE /v1/items/{key} ${status}`),
];

let service: Service;
beforeAll(async () => {
  service = await startItemsService({ measured: true });
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
});

/** Creates a client that sends requests one after another and reconnects only when it has to. */
function createSender(url: string) {
  const connect = tcpTo(url);
  const etags = new Map<string, string>();
  let connection: Connection | undefined;
  return {
    async send(request: FuzzedRequest): Promise<RawResponse> {
      if (!connection?.usable) connection = openConnection(connect, CASE_LIMIT_MS);
      const path = request.target.replace(/\?.*/s, '');
      const bytes = wireFormat(request, etags.get(path) ?? '"none"');
      const response = await connection.request(bytes, { head: request.method === 'HEAD' });
      const etag = response.headers.get('etag');
      if (etag !== undefined) etags.set(path, etag);
      return response;
    },
    async close() {
      connection?.close();
      await connection?.closed;
    },
  };
}

test(
  `${CASES} requests generated from the OpenAPI document get documented responses and leak no resources`,
  async () => {
    const document = await fetchDocument(service.url);
    const violationOf = createResponseCheck(document);
    const seen = new Map<string, number>();

    async function run(cases: number): Promise<void> {
      const sender = createSender(service.url);
      const requests = fc.oneof(...operationsOf(document).map((operation) => requestsFor(operation, document)));
      const property = fc.asyncProperty(requests, async (request) => {
        const response = await sender.send(request).catch((error: unknown) => lost(request, error));
        if (response === undefined) return;
        const name = `${request.operation.method} ${request.operation.template} ${response.status}`;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        const violation = violationOf(request, response);
        if (violation !== undefined) throw new Error(violation);
      });
      await fc.assert(property, { numRuns: cases });
      await sender.close();
    }

    // Warms up first: compiled code, the 1,000 items and the runtime's pools are not leaks.
    await run(Math.ceil(CASES / 4));
    const before = await measure(service);
    await run(CASES);
    const after = await measure(service);

    process.stdout.write(
      `${JSON.stringify({ cases: CASES, responses: Object.fromEntries([...seen].sort()), before, after })}\n`,
    );
    for (const name of REACHED) expect(seen.get(name), `responses to ${name}`).toBeGreaterThan(0);
    expect(after.handles).toBe(before.handles);
    expect(after.heapUsed).toBeLessThan(before.heapUsed * 1.1);
    expect(after.rss).toBeLessThan(before.rss * 1.25);
    expect(service.lines.filter(({ level }) => level === 'fatal' || level === 'error')).toEqual([]);
    expect(service.child.exitCode).toBeNull();
  },
  CASES * 20,
);

/** Ignores the loss of a CONNECT, to which Node responds by closing the connection, and rethrows any other error. */
function lost({ method }: FuzzedRequest, error: unknown): undefined {
  if (method === 'CONNECT' && error instanceof LostRequest && error.reason === 'no response') return undefined;
  throw error;
}
