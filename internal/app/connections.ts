import type { Configuration } from '../config/config.ts';
import { chooseElections, type Elect } from './elections.ts';
import type { Connection, Integration, IntegrationContext } from './integration.ts';
import { integrations } from './integrations.ts';

/** What each integration offers, by the integration's name; undefined if the integration is disabled. */
type OffersByName = {
  readonly [Name in keyof typeof integrations]: (typeof integrations)[Name] extends Integration<infer Offer>
    ? Offer | undefined
    : never;
};

/** What the enabled integrations add to the service. */
interface Connected extends OffersByName {
  readonly connections: readonly Connection[];
  /** Elects one replica for background work. Undefined if every replica does it. */
  readonly elect: Elect | undefined;
}

/** What domains can use. */
export type Offers = Omit<Connected, 'connections'>;

const all: readonly (readonly [string, Integration])[] = Object.entries(integrations);

/** Lets every integration add its layer to the configuration. */
export async function configureIntegrations(configuration: Configuration): Promise<void> {
  for (const [, { configure }] of all) await configure?.(configuration);
}

/** Connects the integrations that the configuration enables. */
export async function connectIntegrations(context: IntegrationContext): Promise<Connected> {
  const connected: (readonly [string, Connection])[] = [];
  for (const [name, { connect }] of all) {
    const connection = await connect(context);
    if (connection !== undefined) connected.push([name, connection]);
  }
  return {
    // Object.fromEntries loses the types. There is at most one entry per integration, of the type that it declares.
    ...(Object.fromEntries(connected.map(([name, { offer }]) => [name, offer])) as OffersByName),
    connections: connected.map(([, connection]) => connection),
    elect: chooseElections(context.configuration.current, connected),
  };
}
