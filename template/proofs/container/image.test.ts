import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { buildImage, CREATED, REVISION, VERSION } from './build-image.ts';
import { IMAGE } from './container.ts';
import { docker } from './engine.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MB = 1_000_000;
/** Maximum size that the project adds to its base image: 7.5 MB of programs, 2.7 MB of code cache, and some room. */
const MAX_OWN_BYTES = 11.5 * MB;
/** Maximum size of the image, unpacked. Node accounts for 150 MB of it. */
const MAX_BYTES = 220 * MB;

const env = inject('engineEnv');
const bases = inject('baseImages');

interface Inspected {
  Architecture: string;
  Size: number;
  Config: {
    User: string;
    WorkingDir: string;
    Entrypoint: string[];
    Cmd: string[] | null;
    Env: string[];
    Labels: Record<string, string>;
    Healthcheck: { Test: string[] };
    ExposedPorts: object;
  };
  RootFS: { Layers: string[] };
}

async function inspect(image: string): Promise<Inspected> {
  const [inspected] = JSON.parse(await docker(env, ['image', 'inspect', image]));
  return inspected;
}

interface Entry {
  mode: string;
  owner: string;
  path: string;
}

/** Returns all files of the image, as listed by tar. */
async function filesOf(image: string): Promise<Entry[]> {
  const id = await docker(env, ['create', image]);
  const script = `exec ${env.DOCKER} export ${id} | tar --list --verbose --numeric-owner --file -`;
  const listing = execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  await docker(env, ['rm', id]);
  return listing
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', _size, _date, _time, path = ''] = line.split(/\s+/);
      return { mode, owner, path };
    });
}

test('the image has labels, runs as non-root without a shell, and has a health check', async () => {
  const { Config } = await inspect(IMAGE);
  expect(Config).toMatchObject({
    User: '65532:65532',
    Entrypoint: ['/nodejs/bin/node', '--min-semi-space-size=4', '/app/cmd/server/main.js'],
    Cmd: null,
    Healthcheck: { Test: ['CMD', '/nodejs/bin/node', '/app/cmd/healthcheck/main.js'] },
    ExposedPorts: { '8080/tcp': {}, '9091/tcp': {} },
  });
  const { name, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(Config.Labels).toMatchObject({
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.version': VERSION,
    'org.opencontainers.image.revision': REVISION,
    'org.opencontainers.image.created': CREATED,
  });
});

test('the project adds only its programs, what they read, a code cache, licences and the bill of materials', async () => {
  const files = await filesOf(IMAGE);
  const own = files.filter(({ path }) => path.startsWith('app'));
  const allowed = [
    /^app\/(config\/|migrations\/|cmd\/|cmd\/(server|healthcheck|controller|migrate)\/)?$/,
    /^app\/cmd\/(server|healthcheck|controller|migrate)\/[\w.-]+\.js$/,
    /^app\/config\/\w+\.yaml$/,
    /^app\/migrations\/[\w-]+\.(sql|md)$/,
    // For schemas that the build does not know.
    /^app\/pkg\/(httpserver\/(validation\/(compilers\.js)?)?)?$/,
    /^app\/code-cache\/([\w.-]+\/([\w.-]+)?)?$/,
    /^app\/(package\.json|sbom\.cdx\.json|LICENSES\.txt)$/,
  ];
  expect(own.map(({ path }) => path).filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
  for (const program of globSync('cmd/*', { cwd: ROOT }))
    expect(own.map(({ path }) => path)).toContain(`app/${program}/main.js`);

  const everywhere = files.map(({ path }) => path);
  const forbidden = /(^|\/)(node_modules|npm|npx|corepack|sh|bash|package-lock\.json)$|\.(ts|map)$/;
  expect(everywhere.filter((path) => forbidden.test(path))).toEqual([]);
  const base = await inspect(bases.amd64);
  const { Size } = await inspect(IMAGE);
  process.stdout.write(
    `image: ${(Size / MB).toFixed(1)} MB, of which the project adds ${((Size - base.Size) / MB).toFixed(1)} MB\n`,
  );
  expect(Size - base.Size).toBeLessThan(MAX_OWN_BYTES);
  expect(Size).toBeLessThan(MAX_BYTES);
});

test('the files of the project belong to root and are not writable', async () => {
  const own = (await filesOf(IMAGE)).filter(({ path }) => path.startsWith('app'));
  expect(own.length).toBeGreaterThan(10);
  expect(own.filter(({ owner, mode }) => owner !== '0/0' || mode.includes('w'))).toEqual([]);
});

test('the bill of materials lists exactly the packages in the image', async () => {
  const id = await docker(env, ['create', IMAGE]);
  const tar = await docker(env, ['cp', `${id}:/app/sbom.cdx.json`, '-']);
  await docker(env, ['rm', id]);
  const sbom = JSON.parse(tar.slice(tar.indexOf('{'), tar.lastIndexOf('}') + 1));
  const names = new Set(sbom.components.map(({ name }: { name: string }) => name));
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  // The only imported package that consists of types. prom-client is an alias, handled below.
  const typesOnly = ['@fastify/type-provider-typebox'];
  const expected = Object.keys(dependencies)
    .filter((name) => !typesOnly.includes(name))
    .map((name) => (name === 'prom-client' ? '@prometheus-io/client' : name));
  expect(expected.filter((name) => !names.has(name))).toEqual([]);
  expect(['vitest', 'typescript', 'rolldown', 'pino-pretty'].filter((name) => names.has(name))).toEqual([]);
  expect(Object.keys(devDependencies)).toContain('rolldown');
});

test('a second build has the same layers, and so has a build for arm64', async () => {
  const options = {
    root: ROOT,
    bases: { ...bases, runtime: (arch: string) => (arch === 'arm64' ? bases.arm64 : bases.amd64) },
  };
  await buildImage(env, { ...options, tag: 'skiff-test/image:second', noCache: true });
  await buildImage(env, { ...options, tag: 'skiff-test/image:arm64', architecture: 'arm64' });
  const [first, second, arm64, base] = await Promise.all(
    [IMAGE, 'skiff-test/image:second', 'skiff-test/image:arm64', bases.arm64].map(inspect),
  );
  expect(second?.RootFS.Layers).toEqual(first?.RootFS.Layers);
  expect(arm64?.Architecture).toBe('arm64');
  const own = arm64?.RootFS.Layers.slice(base?.RootFS.Layers.length);
  expect(own?.length).toBeGreaterThan(0);
  expect(own).toEqual(first?.RootFS.Layers.slice(-(own?.length ?? 0)));
});
