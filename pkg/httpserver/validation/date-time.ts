const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Length of the longest text that {@link isDateTime} accepts, for `maxLength` in a schema with that format. */
export const MAX_DATE_TIME_LENGTH = '2026-01-01T00:00:00.123456789+00:00'.length;

/**
 * Whether `text` is an RFC 3339 §5.6 date-time: `T` between date and time, an offset with a colon, a day that exists, a
 * leap second only at the end of a day in UTC, and at most nine digits of a fraction.
 */
export function isDateTime(text: string): boolean {
  const [, date, second] = DATE_TIME.exec(text) ?? [];
  if (date === undefined || !isDay(date)) return false;
  if (second !== '60') return true;
  return new Date(text.toUpperCase().replace(':60', ':59')).toISOString().includes('T23:59:59');
}

function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
