/** The query parameters of a probe. */
export interface ProbeQuery {
  /** Whether to list every check even if the probe passes; a failing probe always lists them. */
  verbose: boolean;
  /** Names of checks to exclude. An unknown name only adds a warning to the list. */
  exclude: readonly string[];
}

export const NO_QUERY: ProbeQuery = { verbose: false, exclude: [] };

/**
 * Reads `?verbose` and `?exclude=<name>` (repeatable) like the Kubernetes API server: `verbose` applies if present,
 * regardless of its value; other parameters are ignored.
 */
export function parseProbeQuery(query: URLSearchParams): ProbeQuery {
  return { verbose: query.has('verbose'), exclude: query.getAll('exclude') };
}
