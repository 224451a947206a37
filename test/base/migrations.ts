import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Stores a row as a release before has stored it. */
export function insertRow(
  database: DatabaseSync,
  table: string,
  row: Record<string, string | number | null>,
): void {
  const names = Object.keys(row);
  database
    .prepare(`insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`)
    .run(...Object.values(row));
}

/** An empty database as it was before the migration whose name holds `name`; `migrate` applies that one and all later ones. */
export function openBefore(name: string): { database: DatabaseSync; migrate: () => void } {
  const database = new DatabaseSync(':memory:');
  const folder = new URL('../../migrations/', import.meta.url);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted();
  const at = files.findIndex((file) => file.includes(name));
  const apply = (some: string[]) => {
    for (const file of some) database.exec(readFileSync(new URL(file, folder), 'utf8'));
  };
  apply(files.slice(0, at));
  return { database, migrate: () => apply(files.slice(at)) };
}
