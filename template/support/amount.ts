import { LONG } from './long.ts';

/** Returns the count or duration of a test: the environment variable if it is set, or else `short` or `long`. */
export function amount(variable: string, { short, long }: { short: number; long: number }): number {
  const value = Number(process.env[variable] ?? (LONG ? long : short));
  if (!(value > 0)) throw new Error(`${variable} is not a positive number: ${process.env[variable]}`);
  return value;
}
