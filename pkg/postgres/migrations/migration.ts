import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigrationError } from './errors.ts';

/** A file of the migrations folder. */
export interface Migration {
  /** The number in the file's name: 3 in `0003-add-owner.sql`. Migrations are applied in this order. */
  readonly number: number;
  /** The file's name without its ending: `0003-add-owner`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, in hexadecimal. Line endings do not count. */
  readonly checksum: string;
  /** Whether it runs in a transaction. `-- no-transaction` turns that off, as `CREATE INDEX CONCURRENTLY` requires. */
  readonly transaction: boolean;
  /**
   * From `-- breaks-before: 0003`: it removes something that programs without migration 3 still use. Undefined if it only
   * adds.
   */
  readonly breaksBefore: number | undefined;
  /** From `-- optional`: programs work without it, such as an index that makes a query faster. */
  readonly optional: boolean;
}

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/**
 * Reads the migrations in a folder, in order. Files that do not end in `.sql` are ignored. A service may have no migrations,
 * and so no folder.
 *
 * @throws MigrationError for an invalid name or header, or two files with the same number.
 */
export function readMigrations(folder: string): readonly Migration[] {
  const files = (existsSync(folder) ? readdirSync(folder) : []).filter((file) => file.endsWith('.sql'));
  const migrations = files.sort().map((file) => parseMigration(file, readFileSync(join(folder, file), 'utf8')));
  for (const [index, { number, name }] of migrations.entries()) {
    const previous = migrations[index - 1];
    if (previous?.number === number)
      throw new MigrationError(`${previous.name}.sql and ${name}.sql have the same number: renumber the newer one`);
  }
  return migrations;
}

/** @throws MigrationError for an invalid name or header. */
export function parseMigration(file: string, text: string): Migration {
  const [, digits] = FILE_NAME.exec(file) ?? [];
  if (digits === undefined)
    throw new MigrationError(`${file}: the name of a migration must be like 0001-create-orders.sql`);
  const number = Number(digits);
  const sql = text.replaceAll('\r\n', '\n');
  const headers = headersOf(sql);
  const before = headers.get('breaks-before');
  if (before !== undefined && !(/^\d+$/.test(before) && Number(before) < number))
    throw new MigrationError(`${file}: breaks-before must be the number of an earlier migration, not "${before}"`);
  return {
    number,
    name: file.replace(/\.sql$/, ''),
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
    transaction: !headers.has('no-transaction'),
    breaksBefore: before === undefined ? undefined : Number(before),
    optional: headers.has('optional'),
  };
}

/** Returns the headers in the comments at the top of the file. Other comments are ignored. */
function headersOf(sql: string): ReadonlyMap<string, string> {
  const [top = ''] = /^(?:[ \t]*(?:--.*)?\n)*/.exec(sql) ?? [];
  const headers = top.matchAll(/^--[ \t]*(no-transaction|optional|breaks-before)(?:[ \t]*:[ \t]*(.*?))?[ \t]*$/gm);
  return new Map([...headers].map(([, name = '', value = '']) => [name, value]));
}
