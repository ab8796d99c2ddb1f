import { ENV_PREFIX } from '../../internal/config/layers.ts';
import { schema } from '../../internal/config/schema.ts';
import { envName } from '../../pkg/config/env-names.ts';
import { settingsOf } from '../../pkg/config/schema.ts';

/** Settings of the service by key, with values as in environment variables. */
export type Settings = Readonly<Record<string, string>>;

export interface RowSettings {
  /** Settings that define the row. A service that does not know one of them cannot be measured as this row. */
  required: Settings;
  /** Settings that keep limits from affecting the measurement. Ignored if the service does not know them. */
  whenKnown?: Settings;
}

const KEYS: ReadonlySet<string> = new Set(settingsOf(schema).keys());

/** Returns the settings that the service does not know. */
export function unknownSettings(settings: Settings, known: ReadonlySet<string> = KEYS): string[] {
  return Object.keys(settings).filter((key) => !known.has(key));
}

/** Returns the environment variables for the service. Unknown settings of `whenKnown` are left out: the service rejects them. */
export function environmentFor(settings: RowSettings, known: ReadonlySet<string> = KEYS): Record<string, string> {
  const optional = Object.entries(settings.whenKnown ?? {}).filter(([key]) => known.has(key));
  const entries = [...optional, ...Object.entries(settings.required)];
  return Object.fromEntries(entries.map(([key, value]) => [envName(ENV_PREFIX, key), value]));
}
