import type { ColumnType } from 'kysely';

/**
 * A column of type `json`, which is written as text: the driver would write an array as an array of the database. Prefer
 * it to `jsonb`, which rejects some strings that JSON allows, unless the database searches in it.
 */
export type Json<T> = ColumnType<T, string, string>;
