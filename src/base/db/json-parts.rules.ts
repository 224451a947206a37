/** Far below the 2 MB that D1 takes as one value. These are UTF-16 units, of up to three bytes each. */
const CHARS_PER_STATEMENT = 400_000;

/** Rows as JSON arrays, each within what one statement takes. No rows are no array. */
export function inParts(rows: readonly object[]): string[] {
  const parts: string[][] = [];
  let room = 0;
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (parts.length === 0 || text.length > room) {
      parts.push([]);
      room = CHARS_PER_STATEMENT;
    }
    parts.at(-1)?.push(text);
    room -= text.length;
  }
  return parts.map((part) => `[${part.join(',')}]`);
}
