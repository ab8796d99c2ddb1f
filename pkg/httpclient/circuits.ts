import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { HttpClientError } from './errors.ts';

export interface CircuitOptions {
  /** Consecutive failures that open an instance's circuit. Default: 5. */
  failures?: number;
  /** How long a circuit stays open before one trial request is allowed, in milliseconds. Default: 5000. */
  openMs?: number;
}

/** A circuit breaker for each instance. */
export interface Circuits {
  /**
   * Makes the call, or returns `undefined` immediately if the instance's circuit is open. A status of 500 or more and
   * every `HttpClientError` count as failures of the instance. Any other error means that the caller gave up.
   */
  through<T extends { status: number }>(instance: string, call: () => Promise<T>): Promise<T | undefined>;
}

const MAX_CIRCUITS = 1_000;

export function createCircuits({ failures = 5, openMs = 5_000 }: CircuitOptions = {}): Circuits {
  const circuits = createRecentMap(MAX_CIRCUITS, createCircuit);

  function createCircuit() {
    const circuit = circuitBreaker(
      handleWhen(
        // Cockatiel closes the circuit if the trial call ends with an error that is not handled. A caller that gave up
        // proves nothing, so handle its error too and keep the circuit open.
        (error) => error instanceof HttpClientError || circuit.state === CircuitState.HalfOpen,
      ).orWhenResult((response) => Number(Object(response).status) >= 500),
      { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) },
    );
    return circuit;
  }

  return {
    async through(instance, call) {
      const circuit = circuits.get(instance);
      // Cockatiel would wait for the trial call, ignoring the deadline of this call.
      if (circuit.state === CircuitState.HalfOpen) return undefined;
      try {
        return await circuit.execute(call);
      } catch (error) {
        if (error instanceof BrokenCircuitError) return undefined;
        throw error;
      }
    },
  };
}

/**
 * Creates a map with values that are created on first use. Beyond `limit` entries, it drops the least recently used
 * one, because instances come and go.
 */
export function createRecentMap<T>(limit: number, create: () => T): { get(key: string): T } {
  const values = new Map<string, { value: T }>();
  return {
    get(key) {
      const entry = values.get(key) ?? { value: create() };
      values.delete(key);
      values.set(key, entry);
      const [oldest] = values.keys();
      if (values.size > limit && oldest !== undefined) values.delete(oldest);
      return entry.value;
    },
  };
}
