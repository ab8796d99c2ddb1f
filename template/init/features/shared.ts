import { cut, cutEntry, cutLines, cutMatch, cutSection } from '../edits.ts';

// That flags may be kept in Consul goes with either of the two.

export const FLAGS_STORE_RULES = cutEntry('...consulStoreRules');
export const FLAGS_STORE_VALUE = cut('  flags:\n    store: consul\n');
export const FLAGS_STORE_IN_COMPOSE = cutLines(/SKIFF_FLAGS_STORE/);
export const FLAGS_NOTE = cutMatch(/\{\{- if and \(include "skiff\.replicated" \.\) \(ne [\s\S]*?\{\{- end \}\}\n/);

// Dashboards and logs by Compose go with either of the two.

export const COMPOSE_OBSERVABILITY = cutSection('### With Compose and Grafana');
