import { createCredentials } from '../credentials.ts';
import { cpuMicrosOf } from '../proc.ts';
import { ROUTES, type RouteName, type RouteRow, requestsOf, routeRows, seedRequests } from '../route-rows.ts';
import type { RowProcess } from '../row-process.ts';
import { sendAll } from '../send.ts';
import { type Bench, withGeneration } from './bench.ts';

export interface RoutesOptions {
  rounds: number;
  seconds: number;
  warmUpSeconds: number;
}

/** The result of one turn of a row. */
export interface RouteSample {
  row: string;
  title: string;
  /** The row of bare Fastify that the row is compared with. */
  reference: string;
  route: RouteName;
  round: number;
  /** CPU time of the whole server process per request, in microseconds. */
  cpuUs: number;
  rps: number;
}

const CONNECTIONS = 50;

/** Measures reading, listing and writing flags, with the rows taking turns. */
export async function measureRoutes(bench: Bench, options: RoutesOptions): Promise<RouteSample[]> {
  const credentials = await createCredentials();
  try {
    const [token = ''] = await credentials.createTokens(1);
    const rows = routeRows(credentials);
    return await withGeneration(rows, bench, async ({ processes }) => {
      const candidates = processes.flatMap((process, index) => {
        const row = rows[index];
        return row ? [{ process, row, token: row.auth ? token : undefined }] : [];
      });
      for (const { process, token } of candidates) await sendAll(process.origin, seedRequests(token), credentials);
      await checkBodies(candidates, credentials);
      for (const candidate of candidates) {
        for (const route of ROUTES) await turn(candidate, route, options.warmUpSeconds, bench);
      }
      const samples: RouteSample[] = [];
      for (let round = 1; round <= options.rounds; round++) {
        for (const route of ROUTES) {
          for (const candidate of candidates) {
            const { name, title, reference } = candidate.row;
            const figures = await turn(candidate, route, options.seconds, bench);
            samples.push({ row: name, title, reference, route, round, ...figures });
          }
        }
        bench.say(`routes: finished round ${round} of ${options.rounds}`);
      }
      return samples;
    });
  } finally {
    credentials.remove();
  }
}

interface Candidate {
  process: RowProcess;
  row: RouteRow;
  token: string | undefined;
}

/** @throws Error if a row's response differs from that of the first row, apart from the time of the last write. */
async function checkBodies(candidates: readonly Candidate[], options: { ca: string }): Promise<void> {
  for (const route of ROUTES) {
    const bodies: string[] = [];
    for (const { process, token } of candidates) {
      const [body = ''] = await sendAll(process.origin, requestsOf(route, token).slice(0, 1), options);
      bodies.push(body.replaceAll(/"updatedAt":"[^"]+"/g, '"updatedAt":""'));
    }
    const different = bodies.findIndex((body) => body !== bodies[0]);
    if (different >= 0) {
      throw new Error(`${route}: ${candidates[different]?.row.name} responds ${bodies[different]}, not ${bodies[0]}`);
    }
  }
}

async function turn({ process, token }: Candidate, route: RouteName, seconds: number, { generator }: Bench) {
  const { pid, url } = process;
  const requests = requestsOf(route, token);
  const before = cpuMicrosOf(pid);
  const result = await generator.run({ url, load: 'plain', connections: CONNECTIONS, seconds, requests });
  return { cpuUs: (cpuMicrosOf(pid) - before) / result.requests, rps: result.rps };
}
