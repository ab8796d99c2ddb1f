import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cores } from '../cores.ts';
import type { Spread } from '../statistics.ts';

export const SCRAPE_LINES = 10_000;
export const SCRAPE_ROUTES = 500;

export interface ScrapeResult {
  stalls: ScrapeStall[];
  size: ScrapeSize;
}

/** Size of a scrape in which each route has responded with one status. */
export interface ScrapeSize {
  routes: number;
  bytes: number;
  gzipBytes: number;
}

export interface ScrapeStall {
  /** The kind of metric that the lines consist of. */
  name: string;
  lines: number;
  /** Longest time between two turns of the event loop, over several scrapes, including the first one of a cold process. */
  stallMs: Spread;
}

export async function measureScrape(cores: Cores): Promise<ScrapeResult> {
  const program = join(import.meta.dirname, '../programs/scrape.ts');
  const [command = process.execPath, ...args] = [
    ...cores.server,
    process.execPath,
    program,
    `${SCRAPE_LINES}`,
    `${SCRAPE_ROUTES}`,
  ];
  const { stdout } = await promisify(execFile)(command, args);
  return JSON.parse(stdout);
}
