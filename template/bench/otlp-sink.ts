import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Cores } from './cores.ts';

/** What a row has exported so far. */
export interface SinkCounts {
  requests: number;
  bytes: number;
  spans: number;
  /** Bodies in which no spans could be counted, for example compressed ones. */
  undecodable: number;
}

export interface SinkRequest {
  /** Trace ids in hex to look out for from now on, in place of those before. */
  watch?: readonly string[];
}

export interface SinkReport {
  ports: readonly { port: number; counts: SinkCounts }[];
  /** Those of the watched trace ids that have arrived. */
  seen: readonly string[];
}

export interface OtlpSink {
  /** Base URL of the receiver of the row at this index. */
  url(index: number): string;
  counts(index: number): Promise<SinkCounts>;
  /** Replaces the trace ids that are looked out for. To watch none makes the sink cheap. */
  watch(traceIds: readonly string[]): Promise<void>;
  seen(): Promise<ReadonlySet<string>>;
  stop(): Promise<void>;
}

/** An OTLP receiver in a process of its own, on the load's core, that takes whatever comes. */
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

  // One question at a time: the answers carry no number.
  let last: Promise<unknown> = Promise.resolve();
  function ask(request: SinkRequest): Promise<SinkReport> {
    const answer = last.then(() => {
      child.send(request);
      return nextReport();
    });
    last = answer.catch(() => undefined);
    return answer;
  }

  return {
    url: (index) => `http://127.0.0.1:${ports[index]?.port}`,
    async counts(index) {
      const entry = (await ask({})).ports[index];
      if (entry === undefined) throw new RangeError(`the receiver has no row ${index}`);
      return entry.counts;
    },
    async watch(traceIds) {
      await ask({ watch: traceIds });
    },
    seen: async () => new Set((await ask({})).seen),
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
