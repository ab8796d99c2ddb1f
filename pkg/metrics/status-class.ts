/** Returns the class of a status code, such as `2xx` for 204. Returns any other text, such as a kind of error, unchanged. */
export function statusClass(code: number | string): string {
  return String(code).replace(/^([1-9])\d\d$/, '$1xx');
}
