import type { Condition } from './object.ts';

/**
 * Returns the conditions with `condition` set. Its `lastTransitionTime` only changes with its status. Returns the same
 * array if nothing has changed, so that the caller can omit the write.
 */
export function setCondition(
  conditions: readonly Condition[],
  condition: Omit<Condition, 'lastTransitionTime'>,
  now = new Date(),
): readonly Condition[] {
  const previous = findCondition(conditions, condition.type);
  if (previous === undefined) return [...conditions, { ...condition, lastTransitionTime: secondsTime(now) }];
  const next = {
    ...condition,
    lastTransitionTime: previous.status === condition.status ? previous.lastTransitionTime : secondsTime(now),
  };
  const isSame =
    previous.status === next.status &&
    previous.reason === next.reason &&
    previous.message === next.message &&
    previous.observedGeneration === next.observedGeneration;
  return isSame ? conditions : conditions.map((each) => (each === previous ? next : each));
}

export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** Formats a time as the API type Time, in whole seconds. */
function secondsTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
