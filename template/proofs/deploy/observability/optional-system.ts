import type { Service } from '../../../../test/support/service.ts';

/** A system that the service can optionally use. */
export interface OptionalSystem {
  /** Whether its program is installed. */
  readonly available: boolean;
  start(): Promise<SystemInUse>;
}

/** A running system, for a fleet with an instance that reaches it and an instance that does not. */
export interface SystemInUse {
  /** Settings of an instance that reaches it. */
  readonly reachable: NodeJS.ProcessEnv;
  /** Settings of an instance that does not reach it. */
  readonly unreachable: NodeJS.ProcessEnv;
  /** Log message of an instance that has reached it. Default: an instance reaches it when it is loaded. */
  readonly line?: string;
  /** Makes instances use it. */
  load(...services: readonly Service[]): Promise<void>;
  stop(): Promise<void>;
}
