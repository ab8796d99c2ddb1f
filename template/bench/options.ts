import { parseArgs } from 'node:util';

export const PARTS = ['throughput', 'latency', 'start', 'memory', 'scrape'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  quick: boolean;
  /** Default: all rows, or the headline's when quick. */
  rows: readonly string[] | undefined;
  parts: readonly Part[];
  generations: number;
  /** Of each generation. */
  rounds: number;
  seconds: number;
  /** Node's own flags for the service, in every part. */
  nodeFlags: readonly string[];
  /** Write template/performance.md and its picture. */
  write: boolean;
  /** Raw results of an earlier run, which is then told of instead of a new one. */
  from: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --quick             the rows of the headline, short turns, no memory: under two minutes
  --rows a,b          only these rows (and bare Fastify)
  --parts a,b         of ${PARTS.join(', ')}; latency needs throughput, for its rates
  --generations n     how often all processes are started afresh (2)
  --rounds n          turns of each row in each generation (4; quick 2)
  --seconds n         length of a turn (2; quick 1)
  --node-flags="..." Node's flags for the service (none; those of the image where memory is measured)
  --write             write template/performance.md and template/performance.svg
  --from file         the raw results of an earlier run, instead of a new one
`;

/** @throws Error saying what is wrong with the command line. */
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
  const parts = values.parts?.split(',').map(partNamed) ?? PARTS.filter((part) => !quick || part !== 'memory');
  if (parts.includes('latency') && !parts.includes('throughput')) {
    throw new Error('--parts: latency needs throughput, which says how fast half of the capacity is');
  }
  if (write && !parts.includes('throughput')) {
    throw new Error('--write: without the throughput the document would lose its main table and its picture');
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
  if (part === undefined) throw new Error(`--parts: no such part: ${name}; there are ${PARTS.join(', ')}`);
  return part;
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a whole number of at least 1: ${text}`);
  return value;
}
