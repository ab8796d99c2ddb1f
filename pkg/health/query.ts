/** What a probe asks for. Without a query it is `{ verbose: false, exclude: [] }`. */
export interface ProbeQuery {
  /** List every check also when the probe passes; a failing probe always lists them. */
  verbose: boolean;
  /** Names of checks to leave out. A name that is no check changes nothing but is warned of in the list. */
  exclude: readonly string[];
}

export const NO_QUERY: ProbeQuery = { verbose: false, exclude: [] };

/**
 * Reads `?verbose` and `?exclude=<name>` (repeated for several names) as the Kubernetes API server does: `verbose`
 * counts by its presence, whatever its value; any other parameter is ignored.
 */
export function parseProbeQuery(query: URLSearchParams): ProbeQuery {
  return { verbose: query.has('verbose'), exclude: query.getAll('exclude') };
}
