import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { type Finding, firstLine } from './examine.ts';

const ROOT = join(import.meta.dirname, '../..');
const CONSUL = process.env.CONSUL_BIN ?? 'consul';

/** In the order in which a newcomer needs them. */
export const FINDINGS: readonly Finding[] = [
  {
    name: 'node',
    required: true,
    look: async () => nodeVersion(process.versions.node),
    without: `a Node that fits ${packageJson.engines.node}: npm ci brings one`,
  },
  {
    name: 'npm',
    required: true,
    look: () => firstLine('npm', ['--version']),
    without: 'npm comes with Node',
  },
  {
    name: 'packages',
    required: true,
    look: async () => {
      if (!existsSync(join(ROOT, 'node_modules/fastify'))) throw new Error('not installed');
      return 'installed';
    },
    without: 'npm ci',
  },
  port('http.port', 8080),
  port('admin.port', 9091),
  {
    name: 'git hooks',
    required: false,
    look: async () => {
      const path = await firstLine('git', ['-C', ROOT, 'config', 'core.hooksPath']).catch(() => '');
      if (path !== '.githooks') throw new Error('off');
      return 'on';
    },
    without: 'everything; `git config core.hooksPath .githooks` checks each commit before the pipeline does',
  },
  {
    name: 'consul',
    required: false,
    look: () => firstLine(CONSUL, ['version']),
    without: 'the service, and all tests but those of Consul, which are skipped (see CONSUL_BIN)',
  },
  {
    name: 'docker',
    required: false,
    look: async () => `server ${await firstLine('docker', ['version', '--format', '{{.Server.Version}}'])}`,
    without: 'the service and its tests; not the image, deploy/compose and test:container',
  },
  {
    name: 'helm',
    required: false,
    look: () => firstLine('helm', ['version', '--short']),
    without: 'the service and its tests; not installing the chart',
  },
  {
    name: 'kubectl',
    required: false,
    look: () => firstLine('kubectl', ['version', '--client']),
    without: 'the service and its tests; not looking into a cluster',
  },
  {
    name: 'tilt',
    required: false,
    look: () => firstLine('tilt', ['version']),
    without: 'npm run dev; not the same in a cluster (tilt up)',
  },
  {
    name: 'rsync',
    required: false,
    look: () => firstLine('rsync', ['--version']),
    without: 'everything but test:pipeline',
  },
];

function nodeVersion(version: string): string {
  const [major = 0] = version.split('.').map(Number);
  if (major !== 24 && major < 26) throw new Error(`${version} does not fit ${packageJson.engines.node}`);
  return version;
}

function port(key: string, number: number): Finding {
  return {
    name: `port ${number}`,
    required: false,
    look: async () => {
      const server = createServer().listen(number, '0.0.0.0');
      await once(server, 'listening');
      server.close();
      return 'free';
    },
    without: `start with --set ${key}=<another port>`,
  };
}
