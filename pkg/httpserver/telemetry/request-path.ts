/** A path longer than this is cut: a scanner's 16 KB of URL is not worth a log line or an attribute of that size. */
const MAX_LENGTH = 1024;

/**
 * The path of a request target, for telemetry. Without the query string and a fragment: they are where clients put
 * secrets. User information of a URL within the path is masked.
 */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  const masked = path.includes('@') ? path.replace(/\/\/[^/]*@/g, '//***@') : path;
  return masked.length > MAX_LENGTH ? masked.slice(0, MAX_LENGTH) : masked;
}
