import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clone } from '../init/clone.ts';
import { commitAll, edit } from './projects.ts';
import { UPSTREAM_TEXT } from './team.ts';

/** Changes the template in every way that a release does, next to the lines that the team edits, and tags it. */
export async function plantChanges(template: Clone): Promise<void> {
  const { root } = template;
  // Changed lines: in pkg, in a file that the team renamed, in one that it deleted, in one of an optional feature.
  edit(template, 'pkg/health/health.ts', 'Liveness: always passes.', 'Liveness: passes in every state.');
  for (const path of ['test/e2e/endpoints.test.ts', 'test/e2e/stop.test.ts', 'pkg/consul/client.ts']) {
    edit(template, path, /^/, '// Planted.\n');
  }
  edit(
    template,
    'charts/skiff/values.yaml',
    'How long a terminating pod keeps serving',
    'How long a stopping pod serves',
  );
  // A new setting, a new file of a feature that some services do not have, and a new feature.
  edit(
    template,
    'internal/config/schema.ts',
    /\n {2}lifecycle: \{/,
    `
  lifecycle: {
    warmUp: {
      doc: 'How long to wait before startup is finished.',
      format: duration(),
      default: '0s',
    },`,
  );
  writeFileSync(join(root, 'pkg/consul/planted.ts'), 'export const planted = true;\n');
  writeFileSync(join(root, 'docs/planted.md'), '# Planted\n');
  edit(
    template,
    'template/init/features/features.ts',
    'export const features: readonly Feature[] = [\n',
    "$&  { name: 'planted', about: 'planted', files: ['docs/planted.md'], edits: [] },\n",
  );
  edit(template, 'package.json', /(?= {4}"docs":)/, '    "outdated": "npm outdated",\n');
  // A renamed file with its links, and a deleted one.
  await template.succeed('git', 'mv', 'docs/debugging.md', 'docs/profiling.md');
  const linking = (await template.succeed('git', 'grep', '-l', 'debugging\\.md', '--', '*.md')).trim().split('\n');
  for (const path of linking) edit(template, path, /debugging\.md/g, 'profiling.md');
  await template.succeed('git', 'rm', '--quiet', '.editorconfig');

  edit(template, 'CHANGELOG.md', /\n- /, '\n- Planted entry.\n- ');
  edit(template, 'template/UPGRADING.md', /^## consul$/m, '$&\n\n- Planted note about Consul.');
  edit(template, 'template/UPGRADING.md', /^## all services$/m, '$&\n\n- Planted note for everyone.');
  await release(template, '0.2.0');
}

/** Changes a line that the team has changed too. */
export async function plantOverlap(template: Clone): Promise<void> {
  edit(template, 'pkg/health/health.ts', UPSTREAM_TEXT, 'a health check already has the name');
  edit(template, 'charts/skiff/values.yaml', /^replicaCount: \d+/m, 'replicaCount: 2');
  await release(template, '0.3.0');
}

async function release(template: Clone, version: string): Promise<void> {
  edit(template, 'package.json', /"version": "[^"]*"/, `"version": "${version}"`);
  await template.succeed('npm', 'run', '--silent', 'docs');
  await commitAll(template, `Release ${version}`);
  await template.succeed('git', 'tag', `v${version}`);
}
