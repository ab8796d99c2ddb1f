import { ENV_PREFIX } from '../../internal/config/layers.ts';
import { schema } from '../../internal/config/schema.ts';
import { envName } from '../../pkg/config/env-names.ts';
import { settingsOf } from '../../pkg/config/schema.ts';

/** Settings of the service by key, each written as in its variable. */
export type Settings = Readonly<Record<string, string>>;

export interface RowSettings {
  /** What makes the row: a service that does not know one of these cannot be measured as this row. */
  required: Settings;
  /** What must not get in the way of a measurement, where the service knows it. */
  whenKnown?: Settings;
}

const KEYS: ReadonlySet<string> = new Set(settingsOf(schema).keys());

/** The required settings that the service does not have. */
export function unknownSettings(settings: Settings, known: ReadonlySet<string> = KEYS): string[] {
  return Object.keys(settings).filter((key) => !known.has(key));
}

/** The variables to start the service with. An unknown one would stop it, so those of `whenKnown` are left out. */
export function environmentFor(settings: RowSettings, known: ReadonlySet<string> = KEYS): Record<string, string> {
  const harmless = Object.entries(settings.whenKnown ?? {}).filter(([key]) => known.has(key));
  const entries = [...harmless, ...Object.entries(settings.required)];
  return Object.fromEntries(entries.map(([key, value]) => [envName(ENV_PREFIX, key), value]));
}
