/** What one client did to a register, and what it was told. Times are of one clock, in any unit. */
export type Operation = { readonly invokedAt: number; readonly returnedAt: number } & (
  | { readonly kind: 'read'; readonly value: string }
  /** Compare-and-set. Each `to` but {@link ABSENT} is written by one operation only. */
  | {
      readonly kind: 'cas';
      readonly from: string;
      readonly to: string;
      /** `unknown`: there was no answer, and it may take effect at any time, or never. */
      readonly outcome: 'done' | 'refused' | 'unknown';
    }
);

/** The value of a register that holds nothing, as it is at first. */
export const ABSENT = 'absent';

/**
 * Whether the operations can be put into one order in which each takes effect at an instant between its invocation and
 * its return, and each answer is that of a register to which they happen one after the other. (Wing and Gong's search,
 * with the memory of Lowe: "Testing for linearizability", 2017.)
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  const operations = history.toSorted((a, b) => a.invokedAt - b.invokedAt);
  const dead = new Set<string>();

  // Depth first, by hand: a history is longer than a call stack should be deep.
  interface Step {
    state: string;
    done: bigint;
    next: number[];
  }
  const stack: Step[] = [step(ABSENT, 0n)];

  function step(state: string, done: bigint): Step {
    return { state, done, next: candidates(done) };
  }

  /** Those that may be next: nothing that is not done had returned before they began. */
  function candidates(done: bigint): number[] {
    const left = operations.flatMap((_, index) => ((done >> BigInt(index)) & 1n ? [] : [index]));
    const deadline = Math.min(...left.map((index) => returnOf(operations[index])));
    return left.filter((index) => (operations[index]?.invokedAt ?? 0) <= deadline);
  }

  function isComplete(done: bigint): boolean {
    return operations.every((operation, index) => (done >> BigInt(index)) & 1n || isUnknown(operation));
  }

  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (isComplete(top.done)) return true;
    const index = top.next.pop();
    const operation = index === undefined ? undefined : operations[index];
    if (index === undefined || operation === undefined) {
      dead.add(`${top.state} ${top.done.toString(36)}`);
      stack.pop();
      continue;
    }
    const state = apply(top.state, operation);
    const done = top.done | (1n << BigInt(index));
    if (state !== undefined && !dead.has(`${state} ${done.toString(36)}`)) stack.push(step(state, done));
  }
  return false;
}

/** The state after an operation, or `undefined` if it cannot have been told what it was in this one. */
function apply(state: string, operation: Operation): string | undefined {
  if (operation.kind === 'read') return operation.value === state ? state : undefined;
  if (operation.outcome === 'refused') return operation.from === state ? undefined : state;
  return operation.from === state ? operation.to : undefined;
}

function isUnknown(operation: Operation | undefined): boolean {
  return operation?.kind === 'cas' && operation.outcome === 'unknown';
}

function returnOf(operation: Operation | undefined): number {
  return operation === undefined || isUnknown(operation) ? Number.POSITIVE_INFINITY : operation.returnedAt;
}
