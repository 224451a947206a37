import { type Cell, csvRecords } from './csv.rules.ts';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
};

/** The columns of an export by name, in order, and what each holds of a row. They stay as they are: others are added at the end. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** What ends a response. */
interface ExportEnd {
  /** How many rows it has. */
  rows: number;
  /** What to go on after; null: these were the last. */
  next: string | null;
}

/** The text of an export, piece by piece. */
export interface ExportText<Row> {
  begin: string;
  rows: (rows: readonly Row[]) => string;
  end: (end: ExportEnd) => string;
}

/** How a format writes rows. With `isContinued` CSV has no head, so that its parts can be joined to one file. */
export function exportText<Row>(
  format: ExportFormat,
  columns: Columns<Row>,
  isContinued: boolean,
): ExportText<Row> {
  const named = Object.entries(columns);
  if (format === 'csv')
    return {
      begin: isContinued ? '' : csvRecords([Object.keys(columns)]),
      rows: (rows) => csvRecords(rows.map((row) => named.map(([, cell]) => cell(row)))),
      end: () => '',
    };
  return {
    begin: '',
    rows: (rows) =>
      rows
        .map((row) => jsonLine(Object.fromEntries(named.map(([name, cell]) => [name, cell(row)]))))
        .join(''),
    end: ({ rows, next }) => jsonLine({ end: true, rows, next }),
  };
}

/** JSON text has no line breaks of its own. */
const jsonLine = (value: object) => `${JSON.stringify(value)}\n`;

/** A time as exports have it; null: there is none. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
