import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/**
 * Exports 40 batches of 64 items with 4 KiB each, several scavenges apart, and prints by how many MiB the memory of buffers
 * grew. Each batch takes 256 KiB three times: as items, in groups and as a chunk.
 */
const PROGRAM = `
  import { createChunkBuilder, createExportQueue } from './pkg/tracing/export-queue.ts';
  const queue = createExportQueue(
    { maxQueueSize: 1000, maxBatchSize: 64, delayMs: 60_000, maxConcurrentExports: 1 },
    {
      builder: createChunkBuilder((items) => Buffer.concat(items)),
      exporter: { export: (chunks, onResult) => setImmediate(onResult, { code: 0 }), shutdown: async () => {} },
      onExported() {},
      onDropped() {},
    },
  );
  let garbage;
  const scavenge = () => {
    for (let index = 0; index < 200_000; index += 1) garbage = { index, others: [index, index] };
  };
  async function run(batches) {
    for (let batch = 0; batch < batches; batch += 1) {
      for (let item = 0; item < 64; item += 1) queue.add(Buffer.alloc(4096, 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      scavenge();
    }
  }
  await run(10);
  gc();
  const before = process.memoryUsage().arrayBuffers;
  await run(40);
  console.log((process.memoryUsage().arrayBuffers - before) / 2 ** 20);
`;

test('what is exported leaves no buffers in the old generation', () => {
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--input-type=module'];
  const growthMiB = Number(execFileSync(process.execPath, [...flags, '--eval', PROGRAM], { encoding: 'utf8' }));
  expect(growthMiB).toBeLessThan(2);
});
