// Part of `npm run check`: checks the wording of every tracked text against prh.yml.
import { execFileSync, spawnSync } from 'node:child_process';

const EXCLUDED = [
  ...['*package-lock.json', 'prh.yml', 'LICENSE', '*.svg', '*.png', '*.sum'],
  ...['charts/*/files/*', '*.schema.json', '*/testdata/*', '*/schemas/*'],
];

const pathspecs = EXCLUDED.map((pattern) => `:!${pattern}`);
const files = execFileSync('git', ['ls-files', '-z', '--', ...pathspecs], { encoding: 'utf8' })
  .split('\0')
  .filter(Boolean);
// In portions, because Windows limits the length of a command line.
for (let start = 0; start < files.length; start += 300) {
  const args = ['node_modules/prh/bin/prh', '--verify', ...files.slice(start, start + 300)];
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
}
