import type { Rule } from '../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import { consulRules } from '../consul/schema.ts';
import { consulStoreRules } from '../flags/stores/consul/rules.ts';
import { postgresStoreRules } from '../flags/stores/postgres/rules.ts';
import { kubernetesRules } from '../kubernetes/schema.ts';
import { postgresRules } from '../postgres/schema.ts';
import { adminRules } from './admin-schema.ts';
import { authRules } from './auth-schema.ts';
import { httpRules } from './http-schema.ts';
import type { schema } from './schema.ts';
import { tlsRules } from './tls-schema.ts';

/** Constraints between settings, whichever layers they come from. */
export const rules: readonly Rule<ConfigOf<typeof schema>>[] = [
  ...httpRules,
  ...adminRules,
  ...tlsRules,
  ...authRules,
  ...consulRules,
  ...kubernetesRules,
  ...postgresRules,
  ...consulStoreRules,
  ...postgresStoreRules,
];
