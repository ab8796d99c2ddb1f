import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Cores } from './cores.ts';

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
  ports: readonly { http: number; grpc: number; counts: SinkCounts }[];
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

/** Starts an OTLP receiver that accepts everything, in a separate process on the load generator's core. */
export async function startOtlpSink(rows: number, cores: Cores): Promise<OtlpSink> {
  const [command, ...args] = [
    ...cores.load,
    process.execPath,
    join(import.meta.dirname, 'programs/otlp-sink.ts'),
    `${rows}`,
  ];
  const child = spawn(command ?? process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const nextReport = async (): Promise<SinkReport> => (await once(child, 'message'))[0];
  const { ports } = await nextReport();

  // Sends one request at a time, because reports carry no request id.
  let last: Promise<unknown> = Promise.resolve();
  function query(request: SinkRequest): Promise<SinkReport> {
    const report = last.then(() => {
      child.send(request);
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
      child.disconnect();
      await exited;
    },
  };
}
