import { expect, test } from 'vitest';
import { features, featuresNamed } from './features.ts';

/** This limit may be lowered but not raised: many edits mean that a feature is wired in at too many places. */
const MAX_EDITS = 32;

test('all features together need few edits', () => {
  const all = featuresNamed(features.map(({ name }) => name));
  const edits = all.flatMap((feature) => feature.edits.flatMap(([, ...made]) => made));
  expect(new Set(edits).size).toBeLessThanOrEqual(MAX_EDITS);
});

test('no feature edits pkg, which is the same in every service', () => {
  const paths = features.flatMap(({ edits }) => edits.map(([path]) => path));
  expect(paths.filter((path) => path.startsWith('pkg/'))).toEqual([]);
});
