import { cutMatch } from '../edits.ts';
import type { Feature } from '../feature.ts';

/** Where and how people edit. */
export const workspace: Feature = {
  name: 'workspace',
  about: 'settings for VS Code, a dev container, Tilt for development in a cluster',
  files: ['.vscode', '.devcontainer', 'Tiltfile'],
  edits: [['Dockerfile', cutMatch(/^# For development in a cluster[\s\S]*?(?=^FROM \$\{RUNTIME_IMAGE\})/m)]],
};

export const recipes: Feature = {
  name: 'recipes',
  about: 'how to add Postgres, a background job and more',
  files: ['docs/recipes'],
  edits: [],
};
