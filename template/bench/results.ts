import type { Latency } from './measure/latency.ts';
import type { ListResult } from './measure/list.ts';
import type { MemoryResult } from './measure/memory.ts';
import type { RouteSample } from './measure/routes.ts';
import type { ScrapeResult } from './measure/scrape.ts';
import type { StartSample } from './measure/start.ts';
import type { Throughput } from './measure/throughput.ts';
import type { TokensSample } from './measure/tokens.ts';
import type { Row } from './rows.ts';

/** The conditions of a run, without which its figures mean nothing. */
export interface Conditions {
  date: string;
  /** Load average over one minute, before the run and after it. */
  loadAverage: readonly [number, number];
  node: string;
  machine: string;
  cores: string;
  generator: string;
  /** Node flags of the service. */
  nodeFlags: readonly string[];
  /** Whether the service ran from its production build instead of its sources. */
  built: boolean;
  generations: number;
  rounds: number;
  seconds: number;
}

/** The results of a run. Parts that were not selected are absent. */
export interface Results {
  conditions: Conditions;
  rows: readonly Pick<Row, 'name' | 'title' | 'group'>[];
  /** Rows that could not be measured, each with the reason. */
  leftOut: readonly string[];
  throughput?: Throughput;
  latency?: Latency;
  start?: StartSample[];
  memory?: MemoryResult[];
  scrape?: ScrapeResult;
  routes?: RouteSample[];
  tokens?: TokensSample[];
  list?: ListResult;
}
