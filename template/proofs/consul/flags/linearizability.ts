/** An operation of a client on a register, with its outcome. All times are from one clock, in any unit. */
export type Operation = { readonly invokedAt: number; readonly returnedAt: number } & (
  | { readonly kind: 'read'; readonly value: string }
  /** Compare-and-set. Except for {@link ABSENT}, each `to` is unique to one operation. */
  | {
      readonly kind: 'cas';
      readonly from: string;
      readonly to: string;
      /** `unknown`: there was no response, so the write may take effect at any later time or never. */
      readonly outcome: 'done' | 'rejected' | 'unknown';
    }
);

/** The initial value of a register. */
export const ABSENT = 'absent';

/**
 * Returns whether there is a sequential order of the operations in which each takes effect between its invocation and its
 * return, and each has the outcome that a register would produce. Uses Wing and Gong's search with Lowe's memoization
 * ("Testing for linearizability", 2017).
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  const operations = history.toSorted((a, b) => a.invokedAt - b.invokedAt);
  const dead = new Set<string>();

  // Depth-first search with an explicit stack, because a long history would overflow the call stack.
  interface Step {
    state: string;
    done: bigint;
    next: number[];
  }
  const stack: Step[] = [step(ABSENT, 0n)];

  function step(state: string, done: bigint): Step {
    return { state, done, next: candidates(done) };
  }

  /** Returns the operations that may be next: those invoked before any other pending operation returned. */
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

/** Returns the state after an operation, or undefined if its outcome is impossible in this state. */
function apply(state: string, operation: Operation): string | undefined {
  if (operation.kind === 'read') return operation.value === state ? state : undefined;
  if (operation.outcome === 'rejected') return operation.from === state ? undefined : state;
  return operation.from === state ? operation.to : undefined;
}

function isUnknown(operation: Operation | undefined): boolean {
  return operation?.kind === 'cas' && operation.outcome === 'unknown';
}

function returnOf(operation: Operation | undefined): number {
  return operation === undefined || isUnknown(operation) ? Number.POSITIVE_INFINITY : operation.returnedAt;
}
