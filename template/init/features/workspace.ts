import { cutMatch, cutParagraph, cutSection } from '../edits.ts';
import type { Feature } from '../feature.ts';

/** Where and how people edit. */
export const workspace: Feature = {
  name: 'workspace',
  about: 'settings for VS Code, a dev container, Tilt for development in a cluster',
  files: ['.vscode', '.devcontainer', 'Tiltfile'],
  edits: [['Dockerfile', cutMatch(/^# For development in a cluster[\s\S]*?(?=^FROM \$\{RUNTIME_IMAGE\})/m)]],
};

export const client: Feature = {
  name: 'client',
  about: 'the client generated from the API, and the check for changes that break clients',
  files: ['api', 'docs/client.md', 'scripts/client', 'scripts/docs/api-files.ts', 'test/e2e/client.test.ts'],
  packages: ['@oazapfts/runtime', 'oazapfts'],
  edits: [],
};

export const recipes: Feature = {
  name: 'recipes',
  about: 'how to add an endpoint, a background job and more',
  files: ['docs/recipes'],
  edits: [],
};

export const generator: Feature = {
  name: 'generator',
  about: '`npm run new`, which creates domains, jobs and clients',
  files: ['scripts/new', 'docs/recipes/store-a-domain-in-postgres.md', 'docs/recipes/write-a-controller.md'],
  edits: [
    ['README.md', cutSection('## Add an endpoint')],
    ['docs/recipes/call-another-service.md', cutParagraph('`npm run new -- client prices`')],
    ['docs/recipes/add-a-background-job.md', cutParagraph('`npm run new -- job cleaning`')],
  ],
};
