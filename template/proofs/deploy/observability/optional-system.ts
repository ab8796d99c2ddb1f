import type { Service } from '../../../../test/support/service.ts';

/** A system that the service may work with. */
export interface OptionalSystem {
  /** Whether its program is on this machine. */
  readonly available: boolean;
  start(): Promise<SystemInUse>;
}

/** The system for a fleet of which one instance reaches it and another does not. */
export interface SystemInUse {
  /** Settings of an instance that reaches it. */
  readonly there: NodeJS.ProcessEnv;
  /** Settings of one that does not. */
  readonly away: NodeJS.ProcessEnv;
  /** What the first one logs when it works with it. */
  readonly line: string;
  /** Makes instances use it. */
  load(...services: readonly Service[]): Promise<void>;
  stop(): Promise<void>;
}
