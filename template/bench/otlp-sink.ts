import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cores } from './cores.ts';
import { type GoProgram, pathOf } from './go-program.ts';

/**
 * The receiver of the latency measurement (`otlp-sink-go/main.go`), without gRPC and without watching. Several times a second,
 * the one in Node.js, whose code is cold then, would keep the client from its core for 3 to 7 ms.
 */
export const QUICK_SINK: GoProgram = { sources: 'otlp-sink-go', name: 'otlp-sink' };

/** Counts of what a row has exported so far. */
export interface SinkCounts {
  requests: number;
  bytes: number;
  spans: number;
  /** Bodies whose spans could not be counted, for example because they are compressed. */
  undecodable: number;
}

export interface SinkRequest {
  /** Hexadecimal trace ids to watch for. Replaces the previous ones. */
  watch?: readonly string[];
}

export interface SinkReport {
  ports: readonly { http: number; grpc?: number; counts: SinkCounts }[];
  /** Watched trace ids that have arrived. */
  seen: readonly string[];
}

/** The receiver's base URLs for OTLP over HTTP and over gRPC. */
export interface SinkAddress {
  http: string;
  grpc: string;
}

export interface OtlpSink {
  /** Returns the receiver's address for the row at this index. */
  address(index: number): SinkAddress;
  counts(index: number): Promise<SinkCounts>;
  /** Replaces the watched trace ids. Watching none keeps the sink cheap. */
  watch(traceIds: readonly string[]): Promise<void>;
  seen(): Promise<ReadonlySet<string>>;
  stop(): Promise<void>;
}

/**
 * Starts an OTLP receiver that accepts everything, in a separate process on the load generator's core.
 *
 * @param program the {@link QUICK_SINK}, which must have been built. Default: the one in Node.js.
 */
export async function startOtlpSink(rows: number, cores: Cores, program?: GoProgram): Promise<OtlpSink> {
  const inNode = [process.execPath, join(import.meta.dirname, 'programs/otlp-sink.ts')];
  const [command = '', ...args] = [...cores.load, ...(program ? [pathOf(program)] : inNode), `--rows=${rows}`];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextReport = async (): Promise<SinkReport> => {
    const { done, value } = await lines.next();
    if (done) throw new Error('the receiver of spans has exited');
    return JSON.parse(value);
  };
  const { ports } = await nextReport();

  // Sends one request at a time, because reports carry no request id.
  let last: Promise<unknown> = Promise.resolve();
  function query(request: SinkRequest): Promise<SinkReport> {
    const report = last.then(() => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return nextReport();
    });
    last = report.catch(() => undefined);
    return report;
  }

  return {
    address: (index) => ({
      http: `http://127.0.0.1:${ports[index]?.http}`,
      grpc: `http://127.0.0.1:${ports[index]?.grpc}`,
    }),
    async counts(index) {
      const entry = (await query({})).ports[index];
      if (entry === undefined) throw new RangeError(`no row with index ${index}`);
      return entry.counts;
    },
    async watch(traceIds) {
      await query({ watch: traceIds });
    },
    seen: async () => new Set((await query({})).seen),
    async stop() {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}
