import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chartArguments } from './steps/release.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

test.each([
  ['cluster', { SKIFF_IMAGE: 'registry.example.com/skiff:1' }],
  ['image', { KUBECONFIG: '/dev/null' }],
])('it touches nothing until it is told which %s', (_, env) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [MAIN], { env, encoding: 'utf8' });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('KUBECONFIG');
  expect(stderr).toContain('SKIFF_IMAGE');
});

test.each([
  ['skiff', { repository: 'skiff', tag: '', digest: '' }],
  ['registry.example.com/a/skiff:0.1.0', { repository: 'registry.example.com/a/skiff', tag: '0.1.0', digest: '' }],
  ['localhost:5000/skiff', { repository: 'localhost:5000/skiff', tag: '', digest: '' }],
  ['localhost:5000/skiff:dev', { repository: 'localhost:5000/skiff', tag: 'dev', digest: '' }],
  ['r.example.com/skiff@sha256:ab', { repository: 'r.example.com/skiff', tag: '', digest: 'sha256:ab' }],
  ['r.example.com/skiff:1@sha256:ab', { repository: 'r.example.com/skiff', tag: '1', digest: 'sha256:ab' }],
])('the image %s is given to the chart in its parts', (image, parts) => {
  expect(chartArguments({ image })).toContain(`image=${JSON.stringify(parts)}`);
});
