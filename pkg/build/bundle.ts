import { dirname, join, posix, sep } from 'node:path';
import { type ChunkingContext, type CodeSplittingNameFunction, type Plugin, rolldown } from 'rolldown';
import type { RouteSchema } from '../httpserver/validation/precompiled.ts';
import { standaloneModule } from '../httpserver/validation/standalone.ts';

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

interface LazyRequire {
  /** End of the path of the module that has the declaration. */
  readonly file: string;
  readonly declaration: string;
  readonly use: RegExp;
  readonly replacement: string;
}

/**
 * Modules that a package requires when it is loaded, for functions that the programs do not call. Node.js takes 6 ms of CPU time
 * to load node:http2 alone. They are required where they are used instead.
 */
const LAZY_REQUIRES: readonly LazyRequire[] = [
  {
    file: '/fastify/lib/server.js',
    declaration: "const http2 = require('node:http2')",
    use: /\bhttp2\.create/g,
    replacement: "require('node:http2').create",
  },
  {
    file: '/pino/lib/tools.js',
    declaration: "const { isMainThread } = require('worker_threads')",
    use: /\bisMainThread\b/g,
    replacement: "require('worker_threads').isMainThread",
  },
  {
    file: '/pino/lib/transport.js',
    declaration: "const ThreadStream = require('thread-stream')",
    use: /\bThreadStream\b/g,
    replacement: "(require('thread-stream'))",
  },
  {
    // They collect the metrics of other processes and threads, or send them.
    file: '/prom-client/index.js',
    declaration: '',
    use: /exports\.(ClusterRegistry|WorkerRegistry|AggregatorRegistry|Pushgateway) = ([^;]+);/g,
    replacement: "Object.defineProperty(exports, '$1', { get: () => $2, enumerable: true });",
  },
];

const lazyRequires: Plugin = {
  name: 'lazy-requires',
  transform(code, id) {
    const rule = LAZY_REQUIRES.find(({ file }) => id.endsWith(file));
    return rule ? code.replace(rule.declaration, '').replace(rule.use, rule.replacement) : null;
  },
};

/** Fastify loads it for `app.inject()`, which only tests use. */
const INJECTION = 'light-my-request';

/**
 * OpenTelemetry's sdk-node imports every kind of exporter, because environment variables may select any of them. The service
 * creates its own (pkg/tracing), so none of these is used. Without them, start-up with tracing takes 1.64 times as long as
 * bare Fastify instead of 1.97 times.
 */
const EXPORTER_IMPORTER = /\/@opentelemetry\/sdk-node\//;
const EXPORTER = /^@opentelemetry\/exporter-/;
const NOTHING = '\0nothing.cjs';

const unused: Plugin = {
  name: 'unused',
  resolveId: (source, importer = '') =>
    source === INJECTION || (EXPORTER.test(source) && EXPORTER_IMPORTER.test(importer)) ? NOTHING : null,
  load: (id) => (id === NOTHING ? 'module.exports = {};' : null),
};

/** The compilers of schemas, which become a file of their own: the other programs load it for schemas unknown to the build. */
export const COMPILERS = 'pkg/httpserver/validation/compilers.ts';

/**
 * Replaces the compilers with the functions compiled from these schemas, so that programs neither compile schemas when they
 * start nor load the compilers.
 */
function precompiledSchemas(schemas: readonly RouteSchema[], { root }: BundleOptions): Plugin {
  const folder = join(root, dirname(COMPILERS));
  const [compilers, functions] = [join(folder, 'compilers.js'), join(folder, 'functions.cjs')];
  return {
    name: 'precompiled-schemas',
    resolveId(source, importer = '') {
      if (source === './functions.cjs' && importer === compilers) return functions;
      if (source === './compilers.ts' && importer === join(folder, 'validation.ts')) return compilers;
      // Fastify's own compilers. The server has others.
      return /^@fastify\/(ajv|fast-json-stringify)-compiler$/.test(source) ? NOTHING : null;
    },
    load(id) {
      if (id === functions) return standaloneModule(schemas);
      if (id !== compilers) return null;
      return `import { createRequire } from 'node:module';
        import { createPrecompiledCompilers } from './precompiled.ts';
        import functions from './functions.cjs';
        const require = createRequire(import.meta.url);
        export const compilers = createPrecompiledCompilers(
          functions, () => require('../../${COMPILERS.replace(/ts$/, 'js')}').compilers);`;
    },
  };
}

export interface BundleOptions {
  root: string;
  /** Schemas to compile now instead of when the program starts. Default: none. */
  schemas?: readonly RouteSchema[];
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
export async function bundle(program: string, options: BundleOptions): Promise<Set<string>> {
  const { root, outDir, schemas } = options;
  const name = program.replace(/\.ts$/, '');
  const build = await rolldown({
    cwd: root,
    input: { [name]: program },
    platform: 'node',
    external: ABSENT_IN_PRODUCTION,
    preserveEntrySignatures: 'allow-extension',
    plugins: [lazyBuiltins, lazyRequires, unused, ...(schemas ? [precompiledSchemas(schemas, options)] : [])],
  });
  const { output } = await build.write({
    dir: outDir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${posix.dirname(name)}/[name]-[hash].js`,
    // ASCII only: one character beyond Latin-1 would double the memory that the source text takes.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true, asciiOnly: true } },
    comments: false,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ debugName: 'start', name: startGroup(join(root, program)) }],
    },
  });
  await build.close();
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  return new Set(modules.flatMap((id) => packageFolder(id.split(sep).join('/'))));
}

/**
 * Returns the function that puts everything a program loads when it starts into one file. Its entry only installs what must be
 * there before, and imports the rest, of which the bundler would otherwise make a file for each combination of importers.
 */
function startGroup(entry: string): CodeSplittingNameFunction {
  let started: Set<string> | undefined;

  return (id, context) => {
    started ??= startModules(entry, context);
    return started.has(id) ? 'start' : null;
  };
}

/** Returns what the entry imports with `import()`, without what it imports itself. */
function startModules(entry: string, context: ChunkingContext): Set<string> {
  const own = importedBy([entry], context);
  return importedBy(context.getModuleInfo(entry)?.dynamicallyImportedIds ?? [], context).difference(own);
}

/** Returns these modules and all that they import, without `import()`. */
function importedBy(ids: readonly string[], context: ChunkingContext): Set<string> {
  const modules = new Set(ids);
  for (const id of modules) for (const imported of context.getModuleInfo(id)?.importedIds ?? []) modules.add(imported);
  return modules;
}

/** Returns the folder of the package in node_modules that a module belongs to, if any. */
function packageFolder(moduleId: string): string[] {
  const [, folder] = /(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)/.exec(moduleId) ?? [];
  return folder === undefined ? [] : [folder];
}
