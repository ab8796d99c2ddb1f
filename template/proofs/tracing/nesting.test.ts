import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../../pkg/build/bundle.ts';
import { copyUnbundled } from '../../../pkg/build/unbundled.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';

const ROOT = join(import.meta.dirname, '../../..');

async function startProgram(program = join(import.meta.dirname, 'instrumented-program.ts')) {
  const receiver = await startOtlpReceiver();
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, OTLP_ENDPOINT: receiver.endpoint },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    receiver.close();
  });
  const [line] = await once(child.stdout, 'data');
  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  }
  return { receiver, url: `http://127.0.0.1:${Number(line)}`, stop };
}

/** Bundles the program as the production build does, and copies the instrumented library next to it. */
async function build(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'bundled-'));
  onTestFinished(() => rmSync(outDir, { recursive: true }));
  await bundle('template/proofs/tracing/instrumented-program.ts', { root: ROOT, outDir });
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  copyUnbundled(['generic-pool'], { root: ROOT, outDir, lock: packages });
  writeFileSync(join(outDir, 'package.json'), '{"type":"module"}');
  return join(outDir, 'template/proofs/tracing/instrumented-program.js');
}

test.each([
  ['run from its sources', undefined],
  ['bundled', build],
])(
  "%s: spans of instrumented libraries are children of the request's span, and calls propagate its context",
  async (_how, built) => {
    const { receiver, url, stop } = await startProgram(await built?.());
    const response = await fetch(`${url}/outer`, { headers: { baggage: 'tenant=acme' } });
    expect(await response.json()).toEqual({ baggage: 'tenant=acme' });
    await stop();

    const byName = new Map(receiver.spans.map((span) => [span.name, span]));
    const outer = byName.get('GET /outer');
    const pool = byName.get('generic-pool.acquire');
    const client = byName.get('GET');
    const inner = byName.get('GET /inner');
    expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([outer?.traceId]));
    expect(outer?.parentSpanId).toBe('');
    expect(pool?.parentSpanId).toBe(outer?.spanId);
    expect(client?.parentSpanId).toBe(outer?.spanId);
    expect(inner?.parentSpanId).toBe(client?.spanId);
  },
);

test('the response to a handler time-out contains the trace id, and the span has an error status', async () => {
  const { receiver, url, stop } = await startProgram();
  const response = await fetch(`${url}/hangs`);
  expect(response.status).toBe(503);
  const problem = JSON.parse(await response.text());
  await stop();
  expect(receiver.spans).toMatchObject([{ name: 'GET /hangs', traceId: problem.traceId, statusCode: 2 }]);
});
