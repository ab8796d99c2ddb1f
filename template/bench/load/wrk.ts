import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cores } from '../cores.ts';
import { assertNoFailures, type LoadGenerator } from './load.ts';
import { formatMessages } from './request.ts';
import { withRequestFile } from './request-file.ts';
import { parseWrk } from './wrk-output.ts';

const run = promisify(execFile);

/** Returns a load generator that runs wrk, or undefined if wrk is not installed. */
export async function findWrk(cores: Cores): Promise<LoadGenerator | undefined> {
  // `wrk --version` prints the version and exits with 1.
  const { stdout = '', code } = await run('wrk', ['--version']).catch((error) => error);
  if (code === 'ENOENT') return undefined;
  return {
    name: /^wrk [^ ]+ ?[^ ]*/.exec(stdout)?.[0] ?? 'wrk',
    async run(options) {
      const { url, load, connections, seconds, requests } = options;
      const script = (name: string) => ['-s', join(import.meta.dirname, name)];
      const [command = 'wrk', ...args] = [
        ...cores.load,
        'wrk',
        '-t1',
        `-c${connections}`,
        `-d${seconds}s`,
        '--latency',
      ];
      const { stdout } = requests
        ? await withRequestFile(formatMessages(requests, url), (path) =>
            run(command, [...args, ...script('requests.lua'), url, '--', path]),
          )
        : await run(command, [...args, ...(load === 'pipelined' ? script('pipelined.lua') : []), url]);
      const result = parseWrk(stdout);
      assertNoFailures(options, result);
      return result;
    },
  };
}
