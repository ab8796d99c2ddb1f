/** Longer paths are truncated: a scanner's URL of 16 KB is not worth a log line or an attribute of that size. */
const MAX_LENGTH = 1024;

/**
 * Returns the path of a request target, for telemetry. Query and fragment are removed, because clients put secrets there.
 * User information of a URL within the path is masked.
 */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  const masked = path.includes('@') ? path.replace(/\/\/[^/]*@/g, '//***@') : path;
  return masked.length > MAX_LENGTH ? masked.slice(0, MAX_LENGTH) : masked;
}
