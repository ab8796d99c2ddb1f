import { builtinModules } from 'node:module';

/** What a new name must not collide with. */
export interface Surroundings {
  /** The name that init replaces. */
  readonly current: string;
  /** Names of the packages that the project depends on. */
  readonly packages: ReadonlySet<string>;
}

/** Leaves room for suffixes: a release name in Helm may have 53 characters, and a DNS label in Kubernetes or Consul 63. */
const MAX_CHARACTERS = 40;

/** Variables with these prefixes belong to other programs, also with a second word: `OTEL_EXPORTER_…`, `CI_COMMIT_…`. */
const VARIABLE_FAMILIES = [
  ...['aws', 'azure', 'ci', 'consul', 'docker', 'git', 'github', 'gitlab', 'google', 'helm', 'java', 'kube'],
  ...['kubernetes', 'lc', 'ld', 'node', 'npm', 'otel', 'ssh', 'ssl', 'vitest', 'xdg'],
];

/** `FORCE_COLOR`, `LOG_LEVEL`, `TERM_PROGRAM`: the service would reject them as settings that it does not know. */
const VARIABLE_PREFIXES = [
  ...['all', 'app', 'db', 'debug', 'force', 'ftp', 'kafka', 'log', 'mysql', 'pod', 'postgres', 'prometheus', 'redis'],
  ...['term', 'vault'],
];

const RESERVED: readonly (readonly [reason: string, ...words: string[]])[] = [
  ['YAML reads it as a value and not as text', 'null', 'true', 'false', 'yes', 'no', 'on', 'off', 'y', 'n'],
  [
    'JavaScript reserves the word',
    ...['arguments', 'async', 'await', 'break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'delete'],
    ...['do', 'else', 'enum', 'eval', 'export', 'extends', 'finally', 'for', 'function', 'if', 'implements', 'import'],
    ...['in', 'instanceof', 'interface', 'let', 'new', 'of', 'package', 'private', 'protected', 'public', 'return'],
    ...['static', 'super', 'switch', 'this', 'throw', 'try', 'typeof', 'undefined', 'var', 'void', 'while', 'with'],
    'yield',
  ],
  [
    'it has another meaning to npm, Node, Kubernetes or a shell',
    ...['admin', 'default', 'favicon', 'home', 'hostname', 'lang', 'latest', 'localhost', 'metrics'],
    ...['nodejs', 'pwd', 'registry', 'root', 'server', 'service', 'shell', 'temp', 'tmp', 'tz', 'www'],
  ],
  [
    'it is a folder or program of this project, so a search for the name would find everything',
    ...['bin', 'build', 'chart', 'charts', 'cmd', 'config', 'coverage', 'deploy', 'dist', 'docs', 'internal', 'lib'],
    ...['main', 'pkg', 'reports', 'scripts', 'src', 'template', 'templates', 'test', 'tests'],
  ],
  [
    'it is a popular package, which a project of the same name could not use',
    ...['axios', 'bullmq', 'eslint', 'express', 'graphql', 'ioredis', 'jest', 'kafkajs', 'knex', 'lodash', 'mocha'],
    ...['mongodb', 'mongoose', 'nats', 'next', 'pg', 'prettier', 'prisma', 'react', 'sequelize', 'typeorm', 'vue'],
    ...['webpack', 'ws'],
  ],
];

/** Returns why a service cannot have this name, or undefined if it can. */
export function problemWithName(name: string, surroundings: Surroundings): string | undefined {
  const problem = problemWithSpelling(name);
  if (problem === undefined) return problemWithMeaning(name, surroundings);
  const proposal = kebabCase(name);
  const isValid =
    problemWithSpelling(proposal) === undefined && problemWithMeaning(proposal, surroundings) === undefined;
  return isValid ? `${problem}; did you mean ${proposal}?` : problem;
}

/** Checks that it is a DNS label (RFC 1123) and, in upper case and with underscores, the name of a variable. */
function problemWithSpelling(name: string): string | undefined {
  if (!/^[a-z]/.test(name)) return 'it must begin with a lowercase letter';
  if (!/^[a-z0-9-]+$/.test(name)) return 'only lowercase letters, digits and hyphens are allowed';
  if (name.endsWith('-') || name.includes('--')) return 'each hyphen must be between letters or digits';
  if (name.length <= MAX_CHARACTERS) return undefined;
  return `it may have at most ${MAX_CHARACTERS} characters, because Helm and Kubernetes append to it`;
}

function problemWithMeaning(name: string, { current, packages }: Surroundings): string | undefined {
  if (name.includes(current)) return `it must not contain "${current}", which init replaces`;
  const family = [...VARIABLE_PREFIXES, ...VARIABLE_FAMILIES].find((word) => name === word);
  const prefix = family ?? VARIABLE_FAMILIES.find((word) => name.startsWith(`${word}-`));
  if (prefix !== undefined) return `variables that begin with ${prefix.toUpperCase()}_ belong to other programs`;
  const reserved = RESERVED.find(([, ...words]) => words.includes(name));
  if (reserved !== undefined) return reserved[0];
  if (MODULES.has(name)) return 'it is a module of Node';
  if (packages.has(name))
    return 'it is a package that the project depends on, so an import of it would look like one of the project';
  return undefined;
}

/** `child-process`, `test`, `http`: the modules of Node in the spelling of a name. */
const MODULES = new Set(builtinModules.map((module) => module.replace(/^node:/, '').replaceAll('_', '-')));

/** Returns the closest name for `MyOrders`, `my_orders` or `My Orders`. */
function kebabCase(name: string): string {
  const words = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').match(/[A-Za-z0-9]+/g) ?? [];
  return words.join('-').toLowerCase();
}

/** Returns the names of the packages that a package.json depends on. */
export function dependenciesIn(packageJson: string): ReadonlySet<string> {
  const { dependencies, devDependencies, optionalDependencies }: Record<string, object | undefined> =
    JSON.parse(packageJson);
  return new Set(Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }));
}
