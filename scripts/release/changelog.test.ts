import { expect, test } from 'vitest';
import { releaseChangelog } from './changelog.ts';

test('unreleased entries get a heading with version and date', () => {
  const released = releaseChangelog(
    '# C\n\n## Unreleased\n\n- New.\n\n## 1.0.0\n',
    '1.1.0',
    new Date('2026-11-25T12:00Z'),
  );
  expect(released).toBe('# C\n\n## Unreleased\n\n## 1.1.0 – 2026-11-25\n\n- New.\n\n## 1.0.0\n');
});

test('a release without entries is an error', () => {
  expect(() => releaseChangelog('## Unreleased\n\n## 1.0.0\n\n- Old.\n', '1.1.0', new Date())).toThrow('nothing under');
});
