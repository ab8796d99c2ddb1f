import { LONG } from '../../test/support/long.ts';

/** Returns a count or a duration: the value of an environment variable, or else that of the form that runs. */
export function amount(variable: string, { short, long }: { short: number; long: number }): number {
  const given = Number(process.env[variable] ?? (LONG ? long : short));
  if (!(given > 0)) throw new Error(`${variable} is not a positive number: ${process.env[variable]}`);
  return given;
}
