import Papa from 'papaparse';

/** What a cell of an export holds. Lists and objects are JSON, which CSV has as text. */
export type Cell = string | number | boolean | null | readonly string[] | Readonly<Record<string, number>>;

/**
 * Spreadsheets calculate what begins so, also in full width, and some leave out the space before it: a buyer's name must not become a
 * formula (rule 11).
 */
const BEGINS_A_FORMULA = /^[\t\r\n]|^\s*[=+\-@＝＋－＠]/;
const END_OF_RECORD = '\r\n';

/**
 * Records of CSV (RFC 4180 §2), each with its end. Nothing at all stands for null. Text that begins a formula has an apostrophe before
 * it, which spreadsheets do not show; of numbers and of what is true or false the first sign is ours.
 */
export function csvRecords(records: readonly (readonly Cell[])[]): string {
  if (records.length === 0) return '';
  const text = Papa.unparse(
    records.map((cells) =>
      cells.map((cell) => (typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell)),
    ),
    { newline: END_OF_RECORD, escapeFormulae: BEGINS_A_FORMULA },
  );
  return text + END_OF_RECORD;
}
