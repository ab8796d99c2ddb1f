import { builtinModules } from 'node:module';

/** A service's name in every spelling that something needs. */
export interface Name {
  /** `my-orders`: npm package, chart, image, Consul service, DNS label. */
  readonly kebab: string;
  /** `MY_ORDERS`: what environment variables begin with. */
  readonly constant: string;
  /** `my_orders`: within names that take no hyphen, such as a metric's. */
  readonly snake: string;
  /** `myOrders`, within an identifier. */
  readonly camel: string;
  /** `MyOrders`, within an identifier. */
  readonly pascal: string;
  /** `My Orders`, for people. */
  readonly title: string;
}

/** Longer ones leave no room for what Helm and Kubernetes put behind them within the 63 characters of a DNS label. */
const MOST_CHARACTERS = 40;

/** Their variables would be taken for this service's: `OTEL_…`, `CONSUL_…`, the service links of Kubernetes, … */
const TAKEN_PREFIXES = [
  ...['aws', 'azure', 'ci', 'consul', 'docker', 'git', 'github', 'gitlab', 'google', 'helm', 'home', 'hostname'],
  ...['java', 'kube', 'kubernetes', 'lang', 'lc', 'ld', 'node', 'npm', 'otel', 'path', 'pod', 'pwd', 'shell', 'ssh'],
  ...['ssl', 'temp', 'term', 'tmp', 'tz', 'user', 'vitest', 'xdg'],
];

/** They mean something else wherever they would be read. */
const TAKEN = [
  ...TAKEN_PREFIXES,
  ...['admin', 'default', 'favicon', 'localhost', 'metrics', 'node-modules', 'package', 'prometheus', 'registry'],
  ...['server', 'service', 'src', 'tests', 'undefined', 'www'],
];

/** Why a service cannot have this name, or undefined when it can. */
export function problemWithName(name: string, current: string): string | undefined {
  if (!/^[a-z]/.test(name)) return 'it must begin with a lower-case letter';
  if (!/^[a-z0-9-]+$/.test(name)) return 'it may hold lower-case letters, digits and hyphens only';
  if (name.endsWith('-') || name.includes('--')) return 'each of its hyphens must stand between letters or digits';
  if (name.length > MOST_CHARACTERS) return `it may have ${MOST_CHARACTERS} characters at the most`;
  if (name.includes(current)) return `it may not hold "${current}", which is what gets replaced`;
  const taken = TAKEN.includes(name) || builtinModules.includes(name.replaceAll('-', '_'));
  if (taken) return 'it means something else to npm, Node, Kubernetes or a shell';
  const prefix = TAKEN_PREFIXES.find((word) => name.startsWith(`${word}-`));
  if (prefix !== undefined) return `variables that begin with ${prefix.toUpperCase()}_ belong to something else`;
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
