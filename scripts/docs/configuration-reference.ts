import type { Integration } from '../../internal/app/integration.ts';
import { integrations } from '../../internal/app/integrations.ts';
import { ENV_PREFIX } from '../../internal/config/layers.ts';
import { schema } from '../../internal/config/schema.ts';
import { renderReference } from '../../pkg/config/reference.ts';
import type { GeneratedFile } from './generated-file.ts';

/** Returns docs/configuration.md, generated from the configuration schema. */
export function configurationReference(): GeneratedFile {
  const [kvStore] = Object.values<Integration>(integrations).flatMap(({ settings = [] }) => settings);
  const text = renderReference(schema, {
    prefix: ENV_PREFIX,
    command: 'npm run docs',
    ...(kvStore !== undefined && { kvStore }),
  });
  return { path: 'docs/configuration.md', text };
}
