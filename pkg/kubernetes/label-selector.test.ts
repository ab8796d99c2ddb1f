import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { type LabelSelector, labelSelectorSchema, matchesSelector } from './label-selector.ts';

const LABELS = { app: 'web', tier: 'front' };

test.each<[selector: LabelSelector, matches: boolean]>([
  [{ matchLabels: { app: 'web' } }, true],
  [{ matchLabels: { app: 'web', tier: 'back' } }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['api', 'web'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['api', 'web'] }] }, false],
  [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, true],
  [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
  [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, false],
  [{ matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }, true],
  [{ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
])('the selector %j is compared with the labels', (selector, matches) => {
  expect(Value.Check(labelSelectorSchema, selector)).toBe(true);
  expect(matchesSelector(selector, LABELS)).toBe(matches);
});

test('an object without labels is selected only by conditions that it meets', () => {
  expect(matchesSelector({ matchLabels: { app: 'web' } }, undefined)).toBe(false);
  expect(matchesSelector({ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, undefined)).toBe(true);
});
