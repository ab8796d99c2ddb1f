import type { Configuration } from '../config/config.ts';
import type { Connection, Integration, IntegrationContext } from './integration.ts';
import { integrations } from './integrations.ts';

/** What each integration offers to domains, by the integration's name; undefined if the integration is disabled. */
export type Offers = {
  readonly [Name in keyof typeof integrations]: (typeof integrations)[Name] extends Integration<infer Offer>
    ? Offer | undefined
    : never;
};

const all: readonly (readonly [string, Integration])[] = Object.entries(integrations);

/** Lets every integration add its layer to the configuration. */
export async function configureIntegrations(configuration: Configuration): Promise<void> {
  for (const [, { configure }] of all) await configure?.(configuration);
}

/** Connects the integrations that the configuration enables. */
export function connectIntegrations(context: IntegrationContext): {
  readonly offers: Offers;
  readonly connections: readonly Connection[];
} {
  const connected = all.map(([name, { connect }]) => [name, connect(context)] as const);
  return {
    // Object.fromEntries loses the types. There is one entry per integration, of the type that the integration declares.
    offers: Object.fromEntries(connected.map(([name, connection]) => [name, connection?.offer])) as Offers,
    connections: connected.flatMap(([, connection]) => connection ?? []),
  };
}
