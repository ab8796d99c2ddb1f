import type { Connection, Election } from './integration.ts';

/** Creates an election among the replicas of this service. Each name has a leader of its own. */
export type Elect = (name: string) => Election;

/**
 * Returns the elections of the integration that `leaderElection` names or, if it is not set, of the first that is enabled.
 * Returns undefined if there is none, so that every replica does the work.
 *
 * @param connected the enabled integrations with their names.
 */
export function chooseElections(
  { leaderElection }: { readonly leaderElection?: string },
  connected: readonly (readonly [name: string, connection: Pick<Connection, 'elect'>])[],
): Elect | undefined {
  return connected.find(([name, { elect }]) => elect && (leaderElection ?? name) === name)?.[1].elect;
}
