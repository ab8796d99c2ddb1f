/** With `LONG=1`, tests run in their long form: with the number of repetitions or the duration that the proof needs. */
export const LONG = process.env.LONG === '1';
