import { parseArgs } from 'node:util';

export const PARTS = ['throughput', 'latency', 'start', 'memory', 'scrape', 'routes', 'tokens', 'list'] as const;
export type Part = (typeof PARTS)[number];

/** Left out of a quick run unless they were requested. */
const LONG_PARTS: readonly Part[] = ['memory', 'routes', 'tokens', 'list'];

export interface BenchOptions {
  quick: boolean;
  /** Default: all rows, or the headline rows if `quick`. */
  rows: readonly string[] | undefined;
  parts: readonly Part[];
  generations: number;
  /** Rounds in each generation. */
  rounds: number;
  seconds: number;
  /** Node flags of the service, for all parts. */
  nodeFlags: readonly string[];
  /** Writes template/performance.md and its picture. */
  write: boolean;
  /** File with the raw results of an earlier run, to report instead of a new run. */
  from: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --quick             headline rows, short turns, only throughput, latency, start and scrape: about two minutes
  --rows a,b          measure only these rows (and bare Fastify)
  --parts a,b         run only these parts: ${PARTS.join(', ')}; latency requires throughput
  --generations n     number of generations, each with new processes (2)
  --rounds n          turns of each row in each generation (4; with --quick 2)
  --seconds n         length of a turn (2; with --quick 1)
  --node-flags="..." Node flags of the service, in addition to those of the image (none)
  --write             update template/performance.md and template/performance.svg
  --from file         report the raw results of an earlier run instead of measuring
`;

/** @throws Error that describes what is wrong with the command line. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      rows: { type: 'string' },
      parts: { type: 'string' },
      generations: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'node-flags': { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
      from: { type: 'string' },
    },
  });
  const { quick, write } = values;
  const parts = values.parts?.split(',').map(partNamed) ?? PARTS.filter((part) => !quick || !LONG_PARTS.includes(part));
  if (parts.includes('latency') && !parts.includes('throughput')) {
    throw new Error('--parts: latency requires throughput, which determines the request rate');
  }
  if (write && !parts.includes('throughput')) {
    throw new Error('--write requires throughput: without it the document would lose its main table and its picture');
  }
  return {
    quick,
    write,
    from: values.from,
    parts,
    rows: values.rows?.split(','),
    generations: positive('generations', values.generations, 2),
    rounds: positive('rounds', values.rounds, quick ? 2 : 4),
    seconds: positive('seconds', values.seconds, quick ? 1 : 2),
    nodeFlags: values['node-flags'].split(' ').filter((flag) => flag !== ''),
  };
}

function partNamed(name: string): Part {
  const part = PARTS.find((known) => known === name);
  if (part === undefined) throw new Error(`--parts: unknown part: ${name}; available: ${PARTS.join(', ')}`);
  return part;
}

function positive(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number of at least 1: ${text}`);
  return value;
}
