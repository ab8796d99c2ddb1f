/** `LONG=1` runs every test in its long form: as often, or for as long, as the proof needs rather than the daily run. */
export const LONG = process.env.LONG === '1';

/** How many or how long: `variable` says it, or else the form that runs. */
export function amount(variable: string, { short, long }: { short: number; long: number }): number {
  const given = Number(process.env[variable] ?? (LONG ? long : short));
  if (!(given > 0)) throw new Error(`${variable} is not a positive number: ${process.env[variable]}`);
  return given;
}
