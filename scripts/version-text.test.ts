import { expect, test } from 'vitest';
import { releaseChangelog, withChartVersion } from './version-text.ts';

test('both versions of the chart are written, and nothing else', () => {
  const chart = 'apiVersion: v2\nname: a\nversion: 0.1.0\nappVersion: 0.1.0\nkubeVersion: ">=1.27.0-0"\n';
  expect(withChartVersion(chart, '1.2.3')).toBe(chart.replaceAll('0.1.0', '1.2.3'));
});

test('a chart without them is an error', () => {
  expect(() => withChartVersion('name: a\nversion: 1.0.0\n', '1.2.3')).toThrow('has 1 of version and appVersion');
});

test('what is unreleased gets a heading with version and date', () => {
  const released = releaseChangelog(
    '# C\n\n## Unreleased\n\n- New.\n\n## 1.0.0\n',
    '1.1.0',
    new Date('2026-11-25T12:00Z'),
  );
  expect(released).toBe('# C\n\n## Unreleased\n\n## 1.1.0 – 2026-11-25\n\n- New.\n\n## 1.0.0\n');
});

test('a release of nothing is an error', () => {
  expect(() => releaseChangelog('## Unreleased\n\n## 1.0.0\n\n- Old.\n', '1.1.0', new Date())).toThrow('nothing under');
});
