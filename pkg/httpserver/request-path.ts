/** A path longer than this is cut: a scanner's 16 KB of URL is not worth a log line or an attribute of that size. */
const MAX_LENGTH = 1024;

/** The path of a request target, for telemetry. Without the query string: it is where clients put secrets. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return path.length > MAX_LENGTH ? path.slice(0, MAX_LENGTH) : path;
}
