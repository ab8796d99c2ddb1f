/** Fields whose values are never written, wherever a caller puts them: at the top of a line or up to two objects down. */
const SECRET_FIELDS = ['authorization', 'cookie', 'set-cookie', 'proxy-authorization', 'password', 'secret', 'token'];

/** Paths in pino's notation. */
export const REDACTED_PATHS: string[] = SECRET_FIELDS.flatMap((name) => [
  `["${name}"]`,
  `*["${name}"]`,
  `*.*["${name}"]`,
]);
