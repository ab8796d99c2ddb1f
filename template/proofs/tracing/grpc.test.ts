import { Server, ServerCredentials } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { startItemsService } from '../../support/items-service.ts';
import { decodeSpans, type ReceivedSpan } from '../../support/otlp-receiver.ts';

test('spans are exported over gRPC if configured', async () => {
  const spans: ReceivedSpan[] = [];
  const server = new Server();
  server.addService(
    {
      export: {
        path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: (message: Buffer) => message,
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (message: Buffer) => message,
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    },
    {
      export({ request }: { request: Buffer }, respond: (error: null, response: Buffer) => void) {
        spans.push(...decodeSpans(request));
        respond(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  onTestFinished(() => server.forceShutdown());

  const service = await startItemsService({
    env: { SKIFF_TRACING_ENDPOINT: `http://127.0.0.1:${port}`, SKIFF_TRACING_PROTOCOL: 'grpc' },
  });
  await (await fetch(`${service.url}/v1/items`)).text();
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  expect(spans.map(({ name }) => name)).toEqual(['GET /v1/items']);
});
