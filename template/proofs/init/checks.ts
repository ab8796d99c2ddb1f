import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { provideBases } from '../container/bases.ts';
import { buildImage } from '../container/build-image.ts';
import { docker, startEngine } from '../container/engine.ts';
import type { Clone } from './clone.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Files and lines of the project that hold a word, in any case, the names of files included. */
export function tracesOf(word: string, { root }: Clone): string[] {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  const wanted = new RegExp(word, 'i');
  const named = files.filter((path) => wanted.test(path));
  const found = files.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, index) => (wanted.test(line) ? [`${path}:${index + 1}: ${line.slice(0, 160)}`] : [])),
  );
  return [...named, ...found];
}

/** What `npm run check` runs, and that the lock fits package.json. */
export async function checkProject(clone: Clone): Promise<void> {
  await clone.succeed('npm', 'run', '--silent', 'check');
  await clone.succeed('npm', 'ci', '--dry-run', '--offline', '--no-audit', '--loglevel=error');
}

/** The chart is rendered and linted where there is Helm: tests of the chart say that it must be there in CI. */
export async function checkChart(clone: Clone, name: string): Promise<void> {
  if (!existsSync(join(clone.root, 'charts')) || (await clone.run('which', 'helm')).code !== 0) return;
  await clone.succeed('helm', 'lint', '--strict', `charts/${name}`);
  const rendered = await clone.succeed('helm', 'template', name, `charts/${name}`);
  expect(rendered).toContain(`name: ${name}\n`);
}

/** Builds the service's image and starts it once, where there is a container engine. */
export async function checkImage(clone: Clone, name: string): Promise<void> {
  if ((await clone.run('which', 'dockerd')).code !== 0) return;
  const engine = await startEngine();
  try {
    const bases = await provideBases(engine.env, ROOT);
    const tag = `skiff-test/${name}:init`;
    await buildImage(engine.env, { root: clone.root, bases, tag });
    expect(await docker(engine.env, ['run', '--rm', tag, '/app/cmd/server/main.js', '--version'])).toBe(
      `${name} 0.1.0`,
    );
  } finally {
    engine.stop();
  }
}
