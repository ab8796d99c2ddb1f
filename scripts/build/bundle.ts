import { posix, sep } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/** Development dependencies that the programs import only if they are installed, which they are not in the image. */
const ABSENT_IN_PRODUCTION = ['@fastify/swagger-ui', 'pino-pretty'];

/**
 * When an ES module imports a built-in module, Node evaluates all of its exports. Some exports of node:http load Node's own
 * undici, which takes a tenth of the start-up time. CommonJS evaluates an export only when it is used. node:module is
 * excluded because the bundler's helpers for CommonJS import it.
 */
const BUILTIN = /^node:(?!module$)/;
const LAZY_PREFIX = '\0lazy-builtin:';

const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  resolveId(source, _importer, { kind }) {
    return kind !== 'require-call' && BUILTIN.test(source) ? `${LAZY_PREFIX}${source}.cjs` : null;
  },
  load(id) {
    if (!id.startsWith(LAZY_PREFIX)) return null;
    const name = id.slice(LAZY_PREFIX.length, -'.cjs'.length);
    return `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`;
  },
};

/**
 * OpenTelemetry's sdk-node imports every kind of exporter, because environment variables may select any of them. The service
 * creates its own (pkg/tracing), so none of these is used. Without them, start-up with tracing takes 1.64 times as long as
 * bare Fastify instead of 1.97 times.
 */
const EXPORTER_IMPORTER = /\/@opentelemetry\/sdk-node\//;
const EXPORTER = /^@opentelemetry\/exporter-/;
const NO_EXPORTERS = '\0no-exporters.cjs';

const noExporters: Plugin = {
  name: 'no-exporters',
  resolveId: (source, importer = '') =>
    EXPORTER.test(source) && EXPORTER_IMPORTER.test(importer) ? NO_EXPORTERS : null,
  load: (id) => (id === NO_EXPORTERS ? 'module.exports = {};' : null),
};

export interface BundleOptions {
  root: string;
  /** The file is written here, under the same path as its source. */
  outDir: string;
}

/**
 * Bundles a program and everything it imports into one file. Modules loaded by `import()` get files of their own, which cost
 * nothing until they are loaded. Function names are kept for stack traces.
 *
 * @param program source of the program, relative to the root: `cmd/server/main.ts`.
 * @returns the folders of the bundled packages, relative to the root.
 */
export async function bundle(program: string, { root, outDir }: BundleOptions): Promise<Set<string>> {
  const name = program.replace(/\.ts$/, '');
  const build = await rolldown({
    cwd: root,
    input: { [name]: program },
    platform: 'node',
    external: ABSENT_IN_PRODUCTION,
    plugins: [lazyBuiltins, noExporters],
  });
  const { output } = await build.write({
    dir: outDir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${posix.dirname(name)}/[name]-[hash].js`,
    // ASCII only: one character beyond Latin-1 would double the memory that the source text takes.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true, asciiOnly: true } },
    comments: false,
  });
  await build.close();
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  return new Set(modules.flatMap((id) => packageFolder(id.split(sep).join('/'))));
}

/** Returns the folder of the package in node_modules that a module belongs to, if any. */
function packageFolder(moduleId: string): string[] {
  const [, folder] = /(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)/.exec(moduleId) ?? [];
  return folder === undefined ? [] : [folder];
}
