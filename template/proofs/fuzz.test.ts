import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../test/support/service.ts';
import { amount } from '../support/amount.ts';
import { startItemsService } from '../support/items-service.ts';
import { createAnswerCheck } from './fuzz/answer-check.ts';
import { fetchDocument, operationsOf } from './fuzz/document.ts';
import { type FuzzedRequest, requestsFor, wireFormat } from './fuzz/requests.ts';
import type { Answer } from './load/answer-reader.ts';
import { tcpTo } from './load/connect.ts';
import { type Connection, LostRequest, openConnection } from './load/connection.ts';
import { measure } from './measure.ts';

const CASES = amount('FUZZ_CASES', { short: 2000, long: 20_000 });
const CASE_LIMIT_MS = 5000;

/** A fuzzer that only ever meets refusals proves little. */
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

/** Sends requests one after the other, on one connection for as long as it lasts. */
function createSender(url: string) {
  const connect = tcpTo(url);
  const etags = new Map<string, string>();
  let connection: Connection | undefined;
  return {
    async send(request: FuzzedRequest): Promise<Answer> {
      if (!connection?.usable) connection = openConnection(connect, CASE_LIMIT_MS);
      const path = request.target.replace(/\?.*/s, '');
      const bytes = wireFormat(request, etags.get(path) ?? '"none"');
      const answer = await connection.ask(bytes, { head: request.method === 'HEAD' });
      const etag = answer.headers.get('etag');
      if (etag !== undefined) etags.set(path, etag);
      return answer;
    },
    async close() {
      connection?.close();
      await connection?.closed;
    },
  };
}

test(
  `${CASES} requests made from the OpenAPI document are answered as it says, and leave nothing behind`,
  async () => {
    const document = await fetchDocument(service.url);
    const wrongWith = createAnswerCheck(document);
    const seen = new Map<string, number>();

    async function run(cases: number): Promise<void> {
      const sender = createSender(service.url);
      const requests = fc.oneof(...operationsOf(document).map((operation) => requestsFor(operation, document)));
      const property = fc.asyncProperty(requests, async (request) => {
        const answer = await sender.send(request).catch((error: unknown) => lost(request, error));
        if (answer === undefined) return;
        const name = `${request.operation.method} ${request.operation.template} ${answer.status}`;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        const wrong = wrongWith(request, answer);
        if (wrong !== undefined) throw new Error(wrong);
      });
      await fc.assert(property, { numRuns: cases });
      await sender.close();
    }

    // Compiled code, the 1,000 items and the pools of the runtime are not leaks: they are there before it counts.
    await run(Math.ceil(CASES / 4));
    const before = await measure(service);
    await run(CASES);
    const after = await measure(service);

    process.stdout.write(
      `${JSON.stringify({ cases: CASES, answers: Object.fromEntries([...seen].sort()), before, after })}\n`,
    );
    for (const name of REACHED) expect(seen.get(name), `answers ${name}`).toBeGreaterThan(0);
    expect(after.handles).toBe(before.handles);
    expect(after.heapUsed).toBeLessThan(before.heapUsed * 1.1);
    expect(after.rss).toBeLessThan(before.rss * 1.25);
    expect(service.lines.filter(({ level }) => level === 'fatal' || level === 'error')).toEqual([]);
    expect(service.child.exitCode).toBeNull();
  },
  CASES * 20,
);

/** A tunnel is asked for with CONNECT, and Node closes the connection when nobody offers one. Nothing else is lost. */
function lost({ method }: FuzzedRequest, error: unknown): undefined {
  if (method === 'CONNECT' && error instanceof LostRequest && error.how === 'unanswered') return undefined;
  throw error;
}
