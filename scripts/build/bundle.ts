import { posix, sep } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/** Development dependencies that the programs import only if they are installed: in the image they are not. */
const ABSENT_IN_PRODUCTION = ['@fastify/swagger-ui', 'pino-pretty'];

/**
 * Node fills in every export of a built-in module that an ES module imports, and some of those of node:http are all of
 * Node's own undici: a tenth of a start. Taken as CommonJS takes it, each export is looked at when it is used.
 */
const LAZY_BUILTINS = /^node:https?$/;
const LAZY_PREFIX = '\0lazy-builtin:';

const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  resolveId(source, _importer, { kind }) {
    return kind !== 'require-call' && LAZY_BUILTINS.test(source) ? `${LAZY_PREFIX}${source}.cjs` : null;
  },
  load(id) {
    if (!id.startsWith(LAZY_PREFIX)) return null;
    const name = id.slice(LAZY_PREFIX.length, -'.cjs'.length);
    return `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`;
  },
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
    plugins: [lazyBuiltins],
  });
  const { output } = await build.write({
    dir: outDir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${posix.dirname(name)}/[name]-[hash].js`,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
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
