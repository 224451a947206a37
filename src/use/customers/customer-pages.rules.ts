/*
 * Pages of a list of customers. A list has parts, one behind the other: one, or with a search those whose address begins so, then
 * those whose name does, then those with such an external id. Every customer stands in it once.
 */

/** Times are milliseconds since 1970. */
export interface CustomerRow {
  id: string;
  email: string | null;
  name: string | null;
  createdAt: number;
  deletedAt: number | null;
  /** 0: it is looked at, and not what is asked for, or stands in an earlier part. */
  isWanted: number;
  /** JSON of the app's own ids, sorted; null: it is not wanted. */
  externalIds: string | null;
  /** What its part is sorted by. */
  key: string | number;
}

/** Behind which customer of which part a page begins. */
export interface Place {
  part: number;
  key: string | number;
  id: string;
}

export interface Part {
  part: number;
  rows: readonly CustomerRow[];
  /** There may be more than what was looked at. */
  isCut: boolean;
}

/** The customers of one page, and behind whom the next one begins; undefined: there is none. */
export function readPage(
  parts: readonly Part[],
  limit: number,
): { rows: CustomerRow[]; next: Place | undefined } {
  const rows: CustomerRow[] = [];
  let last: Place | undefined;
  for (const { part, rows: looked, isCut } of parts) {
    for (const row of looked) {
      if (row.isWanted === 0) continue;
      if (rows.length === limit) return { rows, next: last };
      rows.push(row);
      last = { part, key: row.key, id: row.id };
    }
    const end = looked.at(-1);
    if (isCut && end) return { rows, next: { part, key: end.key, id: end.id } };
  }
  return { rows, next: undefined };
}

/** By letters of which A to Z are the same in either case, as the indexes have them. */
export function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
