import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clone } from '../init/clone.ts';
import { commitAll, edit, read } from './projects.ts';

/** What a team writes in place of {@link UPSTREAM_TEXT} in `pkg/health/health.ts`. */
export const TEAM_TEXT = 'another health check has the name';
export const UPSTREAM_TEXT = 'there is already a health check named';

const DOMAIN = `import type { Domain } from '../app/domain.ts';

export function createInvoices(): Domain {
  return {
    async routes(app) {
      app.get('/invoices', { config: { access: 'public' } }, async () => ({ items: [] }));
    },
  };
}
`;

/** Edits a service as a team would, in a way that keeps its checks and tests green. */
export async function editAsTeam(service: Clone, name: string): Promise<void> {
  writeFileSync(join(service.root, 'docs/invoices.md'), '# Invoices\n');
  mkdirSync(join(service.root, 'internal/invoices'));
  writeFileSync(join(service.root, 'internal/invoices/invoices.ts'), DOMAIN);
  edit(service, 'internal/app/domains.ts', /^/, "import { createInvoices } from '../invoices/invoices.ts';\n");
  const isEmpty = /\/\/.*\n\];/.test(read(service, 'internal/app/domains.ts'));
  edit(service, 'internal/app/domains.ts', /,?\s*\];/, `${isEmpty ? '\n' : ', '}createInvoices];`);
  if (existsSync(join(service.root, 'internal/flags'))) {
    edit(service, 'internal/flags/routes.ts', 'const tags =', '// The group of the routes in /docs.\nconst tags =');
  }
  // A setting next to those of the template, in the file that lists all.
  edit(
    service,
    'internal/config/schema.ts',
    /\n\} as const satisfies Schema;/,
    `
  invoices: {
    archiveAfter: {
      doc: 'How long an invoice is kept.',
      format: duration(),
      default: '24h',
    },
  },
} as const satisfies Schema;`,
  );
  edit(service, `charts/${name}/values.yaml`, /^replicaCount: \d+/m, 'replicaCount: 5');
  edit(service, 'pkg/health/health.ts', UPSTREAM_TEXT, TEAM_TEXT);
  edit(service, 'package.json', '    "format":', '    "lint": "biome lint .",\n    "format":');
  await service.succeed('git', 'mv', 'test/e2e/endpoints.test.ts', 'test/e2e/routes.test.ts');
  await service.succeed('git', 'rm', '--quiet', 'test/e2e/stop.test.ts');
  await service.succeed('npm', 'run', '--silent', 'docs');
  await service.succeed('npm', 'run', '--silent', 'format');
  await commitAll(service, 'Become our service');
}
