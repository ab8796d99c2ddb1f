import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { HttpClientError } from './errors.ts';
import { createRecentMap } from './recent-map.ts';

export interface CircuitOptions {
  /** Failures in a row that open an instance's circuit. Default 5. */
  failures?: number;
  /** Milliseconds until one request is let through to see whether it works again. Default 5000. */
  openMs?: number;
}

/** A circuit breaker for each instance. */
export interface Circuits {
  /**
   * Makes the call, or returns `undefined` at once when the instance's circuit is open. An answer of 500 or more is a
   * failure of the instance, so is every `HttpClientError`; anything else thrown is the caller giving up.
   */
  through<T extends { status: number }>(instance: string, call: () => Promise<T>): Promise<T | undefined>;
}

const MOST_CIRCUITS = 1_000;

export function createCircuits({ failures = 5, openMs = 5_000 }: CircuitOptions = {}): Circuits {
  const circuits = createRecentMap(MOST_CIRCUITS, createCircuit);

  function createCircuit() {
    const circuit = circuitBreaker(
      handleWhen(
        // Cockatiel closes the circuit when the trial call ends with an error that is none of these: a caller that gave
        // up has learnt nothing, so the circuit stays open.
        (error) => error instanceof HttpClientError || circuit.state === CircuitState.HalfOpen,
      ).orWhenResult((answer) => Number(Object(answer).status) >= 500),
      { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) },
    );
    return circuit;
  }

  return {
    async through(instance, call) {
      const circuit = circuits.get(instance);
      // Cockatiel would wait for the trial call, past any deadline of this one.
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
