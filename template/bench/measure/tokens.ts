import { createCredentials } from '../credentials.ts';
import { cpuMicrosOf } from '../proc.ts';
import { requestsOf, routeRows, seedRequests } from '../route-rows.ts';
import { sendAll } from '../send.ts';
import { type Bench, withGeneration } from './bench.ts';

/** As many tokens of 1,000 characters as the cache holds by default. */
export const TOKENS = 20_000;

/** CPU time per request in the same round, in microseconds. */
export interface TokensSample {
  round: number;
  /** All requests carry the same token. */
  oneUs: number;
  /** {@link TOKENS} tokens in turn. */
  manyUs: number;
}

/** With autocannon, each connection has its own copy of all requests. */
const CONNECTIONS = 10;

/** Measures reading a flag with one token and with many, each of which was sent once before. */
export async function measureTokens(
  bench: Bench,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<TokensSample[]> {
  const credentials = await createCredentials();
  try {
    const tokens = await credentials.createTokens(TOKENS);
    const one = tokens.slice(0, 1).flatMap(readFlag);
    const many = tokens.flatMap(readFlag);
    const rows = routeRows(credentials).filter(({ auth }) => auth);
    return await withGeneration(rows, bench, async ({ processes: [process] }) => {
      if (process === undefined) throw new Error('no row requires tokens');
      const { pid, origin, url } = process;
      const turn = async (requests: typeof many): Promise<number> => {
        const before = cpuMicrosOf(pid);
        const result = await bench.generator.run({ url, load: 'plain', connections: CONNECTIONS, seconds, requests });
        return (cpuMicrosOf(pid) - before) / result.requests;
      };
      await sendAll(origin, seedRequests(tokens[0]), credentials);
      await sendAll(origin, many, credentials);
      await turn(one);
      const samples: TokensSample[] = [];
      for (let round = 1; round <= rounds; round++) {
        samples.push({ round, oneUs: await turn(one), manyUs: await turn(many) });
      }
      bench.say(`measured ${TOKENS} tokens in ${rounds} rounds`);
      return samples;
    });
  } finally {
    credentials.remove();
  }
}

function readFlag(token: string) {
  return requestsOf('GET a flag', token).slice(0, 1);
}
