import { posix, sep } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/** Development dependencies that the programs import only if they are installed: in the image they are not. */
const ABSENT_IN_PRODUCTION = ['@fastify/swagger-ui', 'pino-pretty'];

/**
 * Node fills in every export of a built-in module that an ES module imports, and some of those of node:http are all of
 * Node's own undici: a tenth of a start. Taken as CommonJS takes it, each export is looked at when it is used. The
 * bundler's own functions, which that needs, need node:module.
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
 * OpenTelemetry's sdk-node imports an exporter of every kind, for what a variable may ask of it. The service makes its
 * own (pkg/tracing), so none is ever made there. With them a start with tracing took 1.97 times one of bare Fastify, without
 * them 1.64.
 */
const MAKER_OF_EXPORTERS = /\/@opentelemetry\/sdk-node\//;
const EXPORTER = /^@opentelemetry\/exporter-/;
const NO_EXPORTERS = '\0no-exporters.cjs';

const noExporters: Plugin = {
  name: 'no-exporters',
  resolveId: (source, importer = '') =>
    EXPORTER.test(source) && MAKER_OF_EXPORTERS.test(importer) ? NO_EXPORTERS : null,
  load: (id) => (id === NO_EXPORTERS ? 'module.exports = {};' : null),
};

export interface BundleOptions {
  root: string;
  /** Where the file is written, under the same path as its source. */
  outDir: string;
}

/**
 * Makes one file of a program and all that it imports. What it imports by `import()` stays in files of its own, which
 * cost nothing until then. Names are kept, so that a stack trace says which function it was.
 *
 * @param program source of the program, relative to the root: `cmd/server/main.ts`.
 * @returns the folders of all packages that are in it, relative to the root.
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
    // All in ASCII: one character beyond Latin-1, and the text of the program takes twice the memory.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true, asciiOnly: true } },
    comments: false,
  });
  await build.close();
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  return new Set(modules.flatMap((id) => packageFolder(id.split(sep).join('/'))));
}

/** The innermost package that a module belongs to, if it is one of node_modules. */
function packageFolder(moduleId: string): string[] {
  const [, folder] = /(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)/.exec(moduleId) ?? [];
  return folder === undefined ? [] : [folder];
}
