/** `LONG=1` runs every test in its long form: as often, or for as long, as the proof needs rather than the daily run. */
export const LONG = process.env.LONG === '1';
