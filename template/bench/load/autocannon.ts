import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cores } from '../cores.ts';
import { assertNoFailures, type LoadGenerator, type LoadResult, PIPELINED_REQUESTS } from './load.ts';
import { formatArchive } from './request.ts';
import { withRequestFile } from './request-file.ts';

const run = promisify(execFile);

/**
 * Creates a load generator that runs autocannon. It uses more CPU time than wrk, so a fast row may have to wait for it.
 *
 * @param program path of autocannon's entry point.
 */
export function createAutocannon(program: string, cores: Cores): LoadGenerator {
  return {
    name: 'autocannon',
    async run(options) {
      const { url, load: kind, connections, seconds, requests } = options;
      const pipelining = kind === 'pipelined' ? PIPELINED_REQUESTS : 1;
      const [command = process.execPath, ...args] = [
        ...cores.load,
        process.execPath,
        program,
        '--json',
        '--no-progress',
      ];
      const load = [...args, `-c${connections}`, `-d${seconds}`, `-p${pipelining}`];
      const { stdout } = requests
        ? await withRequestFile(formatArchive(requests, url), (path) => run(command, [...load, '--har', path, url]))
        : await run(command, [...load, url]);
      const result = parseAutocannon(stdout);
      assertNoFailures(options, result);
      return result;
    },
  };
}

/** Parses the output of `autocannon --json`. */
export function parseAutocannon(output: string): LoadResult {
  const { requests, latency, non2xx, errors, timeouts } = JSON.parse(output);
  return {
    requests: requests.total,
    rps: requests.average,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    failures: non2xx + errors - timeouts,
  };
}
