/** Registries whose images all belong to an account or a project. */
const NEEDS_PATH =
  /^(?:(?:index\.|registry-1\.)?docker\.io|ghcr\.io|quay\.io|registry\.gitlab\.com|(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/;

const HOST = /^(?:[a-z0-9]+(?:-+[a-z0-9]+)*)(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
/** Of the registry and the name of the service together. */
const MAX_CHARACTERS = 255 - 41;

/**
 * Returns where images are pushed in the form that image names have, without scheme and trailing slashes and in lower
 * case. As in an image name, what cannot be a host is an account of Docker Hub.
 * https://pkg.go.dev/github.com/distribution/reference
 */
export function normalizeRegistry(input: string): string {
  const registry = input
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/+$/, '')
    .toLowerCase();
  const [first = ''] = registry.split('/');
  return /[.:]/.test(first) || first === 'localhost' || first === '' ? registry : `docker.io/${registry}`;
}

/** Returns why images cannot be pushed to a normalized registry, or undefined if they can. */
export function problemWithRegistry(registry: string): string | undefined {
  if (registry === '') return 'expected a host and a path, such as registry.example.com/checkout';
  const [address = '', ...path] = registry.split('/');
  if (address.includes('@')) return 'leave out the user name; log in with `docker login`';
  const [host = '', port, ...rest] = address.split(':');
  if (!HOST.test(host)) return `${host} is not the name of a host`;
  if (rest.length > 0 || (port !== undefined && !isPort(port))) return `${port} is not a port`;
  const last = path.at(-1) ?? '';
  if (/[:@]/.test(last)) return `leave out the tag or digest: ${last.replace(/^[^:@]*/, '')}`;
  const invalid = path.find((component) => !PATH.test(component));
  if (invalid === '') return 'its path has an empty component';
  if (invalid !== undefined) return `${invalid} cannot be in the name of an image`;
  if (path.length === 0 && NEEDS_PATH.test(host)) return `${host} needs an account or a project: ${host}/checkout`;
  return registry.length > MAX_CHARACTERS ? `it may have at most ${MAX_CHARACTERS} characters` : undefined;
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}
