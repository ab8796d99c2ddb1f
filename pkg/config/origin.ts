/** Reports whether `text` is an origin as browsers send it: scheme, host and port, without a path or a wildcard. */
export function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && !text.includes('*') && URL.parse(text)?.origin === text;
}
