/** `npm run bench`: compares the service with bare Fastify and the conventional stack. See --help. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { bundleBare } from './bundled-bare.ts';
import { AUTOCANNON, installConventionalPackages } from './conventional-packages.ts';
import { assignCores } from './cores.ts';
import { buildGoProgram, goVersion } from './go-program.ts';
import { createAutocannon } from './load/autocannon.ts';
import { FIXED_RATE } from './load/fixed-rate.ts';
import { findWrk } from './load/wrk.ts';
import type { Bench } from './measure/bench.ts';
import { measureLatency } from './measure/latency.ts';
import { measureList } from './measure/list.ts';
import { measureMemory } from './measure/memory.ts';
import { measureRoutes } from './measure/routes.ts';
import { measureScrape } from './measure/scrape.ts';
import { measureStart } from './measure/start.ts';
import { measureThroughput } from './measure/throughput.ts';
import { measureTokens } from './measure/tokens.ts';
import { type BenchOptions, type Part, parseOptions, USAGE } from './options.ts';
import { QUICK_SINK } from './otlp-sink.ts';
import { PODINFO } from './podinfo.ts';
import { capacityPicture } from './report/capacity-picture.ts';
import { LATENCY_ROUNDS } from './report/goals.ts';
import { replaceMarkedBlock } from './report/marked-block.ts';
import { performanceMarkdown } from './report/performance.ts';
import type { Conditions, Results } from './results.ts';
import { SERVICE_IS_BUILT } from './row-command.ts';
import { selectRows } from './row-selection.ts';
import { BUNDLED, CONVENTIONAL, EVERY_SPAN, HEADLINE, REFERENCE, type Row, UNTRACED } from './rows.ts';
import { summarizeThroughput } from './summary.ts';

const ROOT = join(import.meta.dirname, '../..');
const REPORTS = join(ROOT, 'reports/bench');
const DOCUMENT = join(ROOT, 'template/performance.md');
const PICTURE = join(ROOT, 'template/performance.svg');
const NEW_DOCUMENT = '# Performance\n\n![Capacity against bare Fastify](performance.svg)\n';

/** The rows of all measurements except throughput. More rows would only make the run longer. */
const MAIN_ROWS = [REFERENCE, HEADLINE, UNTRACED, CONVENTIONAL];

if (process.argv.includes('--help')) process.stdout.write(USAGE);
else {
  // Checks all options before the first process is started.
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options.from !== undefined) publish(JSON.parse(readFileSync(options.from, 'utf8')), options);
    else await run(options, selectRows(options));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

async function run(requested: BenchOptions, { rows, leftOut }: ReturnType<typeof selectRows>): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error('the benchmark reads CPU times from /proc, so it runs on Linux only');
  const options = withoutMissing(requested, leftOut);
  const cores = assignCores();
  const wrk = await findWrk(cores);
  const needs = (wanted: Row['program']): boolean => rows.some(({ program }) => program === wanted);
  if (!wrk || needs('conventional')) installConventionalPackages(say);
  if (needs('bundled')) await bundleBare();
  if (needs('podinfo')) buildGoProgram(PODINFO);
  if (options.parts.includes('latency')) for (const program of [FIXED_RATE, QUICK_SINK]) buildGoProgram(program);
  const bench: Bench = {
    cores,
    nodeFlags: options.nodeFlags,
    generator: wrk ?? createAutocannon(AUTOCANNON, cores),
    say,
  };

  const conditions = conditionsOf(options, bench);
  const results: Results = {
    conditions,
    rows: rows.map(({ name, title, group }) => ({ name, title, group })),
    leftOut,
  };
  try {
    await measure(options, rows, bench, results);
  } finally {
    conditions.loadAverage = [conditions.loadAverage[0], loadAverage()];
    // Also after a failure, because the parts before it took minutes.
    mkdirSync(REPORTS, { recursive: true });
    const raw = join(REPORTS, `${conditions.date.replaceAll(':', '-')}.json`);
    writeFileSync(raw, `${JSON.stringify(results, null, 2)}\n`);
    say(`wrote raw results to ${raw}`);
  }
  publish(results, options);
}

/** Leaves out the latency, whose client and receiver are Go programs, if Go is not installed. */
function withoutMissing(options: BenchOptions, leftOut: string[]): BenchOptions {
  if (!options.parts.includes('latency') || goVersion() !== undefined) return options;
  leftOut.push('latency: Go is not installed');
  return { ...options, parts: options.parts.filter((part) => part !== 'latency') };
}

function publish(results: Results, { write }: BenchOptions): void {
  const markdown = performanceMarkdown(results);
  process.stdout.write(`${markdown}\n`);
  if (write) writeDocument(markdown, capacityPicture(results));
}

/** Adds each measured part to the results. */
async function measure(
  { quick, parts, ...turns }: BenchOptions,
  rows: readonly Row[],
  bench: Bench,
  results: Results,
): Promise<void> {
  const isSelected = (part: Part): boolean => parts.includes(part);
  const named = (names: readonly string[]): Row[] => rows.filter(({ name }) => names.includes(name));
  const warmUpSeconds = quick ? 1 : 5;
  if (isSelected('throughput')) {
    results.throughput = await measureThroughput(rows, bench, { ...turns, warmUpSeconds });
  }
  if (isSelected('latency')) {
    const summaries = summarizeThroughput(results.throughput?.samples ?? [], 'plain');
    results.latency = await measureLatency(named([...MAIN_ROWS, EVERY_SPAN]), bench, {
      rounds: quick ? 1 : LATENCY_ROUNDS,
      seconds: quick ? 2 : 5,
      warmUpSeconds,
      countSpans: !quick,
      capacityOf: ({ name }) => summaries.find(({ row }) => row === name)?.rpsMedian ?? 0,
    });
  }
  if (isSelected('start')) results.start = await measureStart(named([...MAIN_ROWS, BUNDLED]), bench, quick ? 3 : 9);
  if (isSelected('memory')) {
    const lengths = quick ? { seconds50: 3, seconds500: 2 } : { seconds50: 10, seconds500: 5 };
    results.memory = await measureMemory(named(MAIN_ROWS), bench, lengths);
  }
  if (isSelected('scrape')) results.scrape = await measureScrape(bench.cores);
  const rounds = quick ? 1 : 5;
  const { seconds } = turns;
  if (isSelected('routes')) results.routes = await measureRoutes(bench, { rounds, seconds, warmUpSeconds: seconds });
  if (isSelected('tokens')) results.tokens = await measureTokens(bench, { rounds, seconds: quick ? 1 : 5 });
  if (isSelected('list')) results.list = await measureList(bench.cores, rounds);
}

function conditionsOf({ generations, rounds, seconds, nodeFlags }: BenchOptions, bench: Bench): Conditions {
  return {
    date: new Date().toISOString(),
    loadAverage: [loadAverage(), Number.NaN],
    node: process.versions.node,
    machine: `${type()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    cores: bench.cores.description,
    generator: bench.generator.name,
    nodeFlags,
    built: SERVICE_IS_BUILT,
    generations,
    rounds,
    seconds,
  };
}

function loadAverage(): number {
  return loadavg()[0] ?? Number.NaN;
}

function writeDocument(markdown: string, picture: string): void {
  writeFileSync(DOCUMENT, replaceMarkedBlock(existing(DOCUMENT) ?? NEW_DOCUMENT, markdown));
  writeFileSync(PICTURE, picture);
  say(`wrote ${DOCUMENT} and ${PICTURE}`);
}

function existing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
