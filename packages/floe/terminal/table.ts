import measure from 'fast-string-width';
import { type Colour, finish, paintAs } from './colours.ts';
import { printableLine } from './printable.rules.ts';

export interface Column<Row> {
  title: string;
  /** What stands in it. Null and undefined are shown as `-`. */
  text: (row: Row) => string | number | boolean | null | undefined;
  colour?: (row: Row) => Colour | undefined;
  align?: 'right';
  /** Never cut: an id that is copied. */
  keep?: boolean;
}

const GAP = 2;
const NARROWEST = 6;

export interface TableStyle {
  /** Undefined: as wide as it gets. */
  width: number | undefined;
  useColours: boolean;
}

/** How wide each column is, so that a line fits: the widest that may be cut are cut first. */
function fitWidths(
  wanted: readonly { width: number; keep: boolean }[],
  available: number | undefined,
): number[] {
  const widths = wanted.map(({ width }) => width);
  if (available === undefined) return widths;
  const room = available - GAP * (wanted.length - 1);
  for (let over = sum(widths) - room; over > 0; over--) {
    const widest = wanted.reduce(
      (best, { keep }, i) => (!keep && (widths[i] ?? 0) > (widths[best] ?? NARROWEST) ? i : best),
      -1,
    );
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);

/** A table that is printed page by page: the first page says how wide the columns are. */
export function createTable<Row>(
  columns: readonly Column<Row>[],
  style: TableStyle,
): { lines: (rows: readonly Row[]) => string[] } {
  let widths: number[] | undefined;
  return {
    lines(rows) {
      const texts = rows.map((row) => columns.map((column) => cellText(column.text(row))));
      const isFirst = widths === undefined;
      widths ??= fitWidths(
        columns.map(({ title, keep = false }, i) => ({
          width: Math.max(title.length, ...texts.map((line) => widthOf(line[i] ?? ''))),
          keep,
        })),
        style.width,
      );
      const write = (cells: readonly { text: string; colour?: Colour | undefined }[]) =>
        cells
          .map(({ text, colour }, i) => {
            const cut = cutTo(text, widths?.[i] ?? 0);
            const space = ' '.repeat(Math.max(0, (widths?.[i] ?? 0) - widthOf(cut)));
            const shown = finish(paintAs(colour, cut), style.useColours);
            return columns[i]?.align === 'right' ? space + shown : shown + space;
          })
          .join(' '.repeat(GAP))
          .trimEnd();
      return [
        ...(isFirst ? [write(columns.map(({ title }) => ({ text: title, colour: 'dim' })))] : []),
        ...rows.map((row, at) =>
          write(columns.map(({ colour }, i) => ({ text: texts[at]?.[i] ?? '', colour: colour?.(row) }))),
        ),
      ];
    },
  };
}

/** How many columns of a terminal text takes: letters of some languages take two. */
export const widthOf = (text: string): number => measure(text);

const LETTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Text of at most `width` columns. No letter is halved, however many code points it has. */
function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const { segment } of LETTERS.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    cut += segment;
  }
  return `${cut}…`;
}

function cellText(value: string | number | boolean | null | undefined): string {
  const text = printableLine(String(value ?? ''));
  return text === '' ? '-' : text;
}
