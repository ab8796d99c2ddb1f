import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { ROOT, read } from '../../../test/docs/markdown.ts';
import { type Block, blocksIn } from '../docs/blocks.ts';
import { writeDockerWrapper } from './docker-wrapper.ts';
import { docker } from './engine.ts';
import { cleanEnvironment, createTerminal, type Running, type Terminal } from './terminal.ts';

const LIMIT_MS = 30_000;
const PUBLIC_URL = 'https://git.example.com/skiff.git';
const env = inject('engineEnv');

/** How to run a block: to its end, until it is stopped, or until it prints a text. Or what it shows instead of running. */
type Step =
  | 'run'
  | 'run alone'
  | { serve: RegExp; urls?: readonly string[] }
  | { until: string }
  | 'output'
  | 'cluster';

/** The steps of each section of the README, one for each of its blocks. */
const STEPS: Readonly<Record<string, readonly Step[]>> = {
  Run: [{ serve: /\bopen http/ }, 'output'],
  'Send a request': ['run', 'output'],
  // `npm run dev` restarts the service meanwhile.
  'Add an endpoint': ['run', { until: '"name":"first"' }],
  'Make it yours': ['run alone'],
  Test: ['run'],
  'Build the image': [{ serve: /"started"/, urls: ['http://127.0.0.1:8080/version', 'http://127.0.0.1:9091/readyz'] }],
  'Deploy to Kubernetes': ['cluster'],
};

test('a new user can run every block of the README, in its order', { timeout: 20 * 60_000 }, async () => {
  const blocks = blocksIn(read('README.md'));
  const steps = Object.entries(STEPS).flatMap(([section, list]) => list.map((step) => ({ section, step })));
  expect(steps.map(({ section }) => section)).toEqual(blocks.map(({ section }) => section));

  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  const running: Running[] = [];
  onTestFinished(async () => {
    await Promise.allSettled(running.map((each) => each.stop()));
    rmSync(folder, { recursive: true, force: true });
  });
  const terminal = createTerminal(emptyFolder(folder), environment(folder));
  const stopAll = async () => {
    for (const each of running.splice(0)) await each.stop();
  };

  let shown = '';
  for (const [index, block] of blocks.entries()) {
    const startedAt = performance.now();
    const step = steps[index]?.step;
    if (step === 'output') {
      expect(withoutFigures(shown), block.section).toContain(withoutFigures(block.code.trim()));
    } else if (step === 'run') {
      shown = await terminal.run(block.code);
    } else if (step === 'run alone') {
      await stopAll();
      shown = await terminal.run(block.code);
    } else if (step === 'cluster') {
      await keep(terminal);
    } else if (step !== undefined && 'until' in step) {
      shown = await repeat(terminal, block, step.until);
    } else if (step !== undefined) {
      const service = terminal.serve(block.code, step.serve);
      running.push(service);
      shown = await service.ready;
      for (const url of step.urls ?? []) expect((await fetch(url)).status, url).toBe(200);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(`README, ${block.section}: ${seconds.toFixed(1)} s\n`);
  }
  await stopAll();
});

function emptyFolder(parent: string): string {
  const folder = join(parent, 'work');
  mkdirSync(folder);
  return folder;
}

/** The only substitutions: the public URL leads to this checkout, and images are built on the available base images. */
function environment(folder: string): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeDockerWrapper(bin, { bases: inject('baseImages') });
  const { PATH, ...rest } = cleanEnvironment();
  return {
    ...rest,
    ...{ DOCKER: env.DOCKER, DOCKER_HOST: env.DOCKER_HOST, DOCKER_BUILDKIT: env.DOCKER_BUILDKIT },
    PATH: [bin, PATH].join(delimiter),
    ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `url.file://${ROOT}.insteadOf`, GIT_CONFIG_VALUE_0: PUBLIC_URL },
    ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' },
    ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' },
  };
}

/** Runs a block again until it prints the text. */
async function repeat(terminal: Terminal, { code }: Block, text: string): Promise<string> {
  const limit = performance.now() + LIMIT_MS;
  for (;;) {
    const output = await terminal.run(code).catch((error: Error) => error.message);
    if (output.includes(text)) return output;
    if (performance.now() > limit) throw new Error(`expected ${text} from:\n${code}\n${output}`);
  }
}

/** Keeps the service and its image for cluster.test.ts, which runs the block on a cluster, if README_OUT names a folder. */
async function keep(terminal: Terminal): Promise<void> {
  const out = process.env.README_OUT;
  if (out === undefined) return;
  mkdirSync(out, { recursive: true });
  await docker(env, ['save', '--output', join(out, 'image.tar'), 'orders:dev']);
  await terminal.run(`git clone --quiet . '${out}/service'`);
}

/** Times and durations differ from run to run. */
function withoutFigures(text: string): string {
  return text.replace(/\d+/g, '0');
}
