import { builtinModules } from 'node:module';

/** A service's name in every spelling that is used. */
export interface Name {
  /** `my-orders`: npm package, chart, image, Consul service, DNS label. */
  readonly kebab: string;
  /** `MY_ORDERS`: the prefix of environment variables. */
  readonly constant: string;
  /** `my_orders`: in names without hyphens, such as metrics. */
  readonly snake: string;
  /** `myOrders`, in identifiers. */
  readonly camel: string;
  /** `MyOrders`, in identifiers. */
  readonly pascal: string;
  /** `My Orders`, for people. */
  readonly title: string;
}

/** Leaves room for the suffixes of Helm and Kubernetes within the 63 characters of a DNS label. */
const MAX_CHARACTERS = 40;

/** Variables with these prefixes belong to other programs: `OTEL_…`, `CONSUL_…`, the service links of Kubernetes, … */
const TAKEN_PREFIXES = [
  ...['aws', 'azure', 'ci', 'consul', 'docker', 'git', 'github', 'gitlab', 'google', 'helm', 'home', 'hostname'],
  ...['java', 'kube', 'kubernetes', 'lang', 'lc', 'ld', 'node', 'npm', 'otel', 'path', 'pod', 'pwd', 'shell', 'ssh'],
  ...['ssl', 'temp', 'term', 'tmp', 'tz', 'user', 'vitest', 'xdg'],
];

/** Names with another meaning to npm, Node, Kubernetes or a shell. */
const TAKEN = [
  ...TAKEN_PREFIXES,
  ...['admin', 'default', 'favicon', 'localhost', 'metrics', 'node-modules', 'package', 'prometheus', 'registry'],
  ...['server', 'service', 'src', 'tests', 'undefined', 'www'],
];

/** Returns why a service cannot have this name, or undefined if it can. */
export function problemWithName(name: string, current: string): string | undefined {
  if (!/^[a-z]/.test(name)) return 'it must begin with a lowercase letter';
  if (!/^[a-z0-9-]+$/.test(name)) return 'only lowercase letters, digits and hyphens are allowed';
  if (name.endsWith('-') || name.includes('--')) return 'each hyphen must be between letters or digits';
  if (name.length > MAX_CHARACTERS) return `it may have at most ${MAX_CHARACTERS} characters`;
  if (name.includes(current)) return `it must not contain "${current}", which init replaces`;
  const taken = TAKEN.includes(name) || builtinModules.includes(name.replaceAll('-', '_'));
  if (taken) return 'it has another meaning to npm, Node, Kubernetes or a shell';
  const prefix = TAKEN_PREFIXES.find((word) => name.startsWith(`${word}-`));
  if (prefix !== undefined) return `variables that begin with ${prefix.toUpperCase()}_ belong to another program`;
  return undefined;
}

export function spellings(kebab: string): Name {
  const words = kebab.split('-');
  const capitals = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  const pascal = capitals.join('');
  return {
    kebab,
    constant: words.join('_').toUpperCase(),
    snake: words.join('_'),
    camel: pascal.slice(0, 1).toLowerCase() + pascal.slice(1),
    pascal,
    title: capitals.join(' '),
  };
}
