/** Returns each name alone, and each pair of names. */
export function combinations(names: readonly string[]): string[][] {
  const pairs = names.flatMap((name, index) => names.slice(index + 1).map((other) => [name, other]));
  return [...names.map((name) => [name]), ...pairs];
}
