import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { provideBases } from '../container/bases.ts';
import { buildImage } from '../container/build-image.ts';
import { docker, startEngine } from '../container/engine.ts';
import type { Clone } from './clone.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Returns the lines and file names of the project that contain a word, case-insensitively. */
export function tracesOf(word: string, { root }: Clone): string[] {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  const pattern = new RegExp(word, 'i');
  const named = files.filter((path) => pattern.test(path));
  const found = files.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.slice(0, 160)}`] : [])),
  );
  return [...named, ...found];
}

/** Runs `npm run check` and verifies that the lock file matches package.json. */
export async function checkProject(clone: Clone): Promise<void> {
  await clone.succeed('npm', 'run', '--silent', 'check');
  await clone.succeed('npm', 'ci', '--dry-run', '--offline', '--no-audit', '--loglevel=error');
}

/** Renders and lints the chart if Helm is installed. The tests of the chart ensure that it is in CI. */
export async function checkChart(clone: Clone, name: string): Promise<void> {
  if (!existsSync(join(clone.root, 'charts')) || (await clone.run('which', 'helm')).code !== 0) return;
  await clone.succeed('helm', 'lint', '--strict', `charts/${name}`);
  const rendered = await clone.succeed('helm', 'template', name, `charts/${name}`);
  expect(rendered).toContain(`name: ${name}\n`);
}

/** Builds the service's image and runs it once, if a container engine is installed. */
export async function checkImage(clone: Clone, name: string): Promise<void> {
  if ((await clone.run('which', 'dockerd')).code !== 0) return;
  const engine = await startEngine();
  try {
    const bases = await provideBases(engine.env, ROOT);
    const tag = `skiff-test/${name}:init`;
    await buildImage(engine.env, { root: clone.root, bases, tag });
    expect(await docker(engine.env, ['run', '--rm', tag, '--version'])).toBe(`${name} 0.1.0`);
  } finally {
    engine.stop();
  }
}
