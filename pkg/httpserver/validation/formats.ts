import { fullFormats } from 'ajv-formats/dist/formats.js';
import { isDateTime } from './date-time.ts';

/** The formats that validators compiled at build time refer to: those of `createAjv`. */
export const formats = { ...fullFormats, 'date-time': isDateTime };
