import { log } from '../../base/log.ts';
import type { Services } from '../../base/services.ts';
import { type Columns, CONTENT_TYPES, type ExportFormat, exportText } from './export.rules.ts';

/** How many rows are read at once: what is in memory at a time. */
export const ROWS_AT_ONCE = 1_000;
/** A response ends after so many rows, which is far within what one invocation may ask of D1, and compute. */
export const ROWS_A_RESPONSE = 200_000;
/** A page and its end, for the budget of statements. */
const STATEMENTS_A_PAGE = 2;

/** A part of an export, and how to go on; without `next` it was the last. */
interface ExportPage<Row> {
  rows: Row[];
  next: ExportPlace | undefined;
}

/** Where an export goes on: by the key of its index, and by the id that a caller knows it by (`after`). */
export interface ExportPlace {
  at: number;
  id: string;
  after: string;
}

export interface Export<Row> {
  /** `payments`: of its file. */
  name: string;
  columns: Columns<Row>;
  format: ExportFormat;
  /** Where it begins; undefined: with the first row. */
  from: ExportPlace | undefined;
  read: (from: ExportPlace | undefined, limit: number) => Promise<ExportPage<Row>>;
  /** How many rows this response may have; by default `ROWS_A_RESPONSE`. */
  limit?: number;
}

/**
 * An answer that is written while its rows are read, a page at a time, when the client has taken the page before. What is wrong with
 * the request shows before it begins. When a later page cannot be read the body breaks off, so that no client takes a part for the
 * whole (ADR 111).
 */
export async function streamExport<Row>(services: Services, asked: Export<Row>): Promise<Response> {
  const { name, columns, format, from, read, limit = ROWS_A_RESPONSE } = asked;
  const text = exportText(format, columns, from !== undefined);
  const encoder = new TextEncoder();
  let page: ExportPage<Row> | undefined = await read(from, Math.min(ROWS_AT_ONCE, limit));
  let written = 0;

  /** Writes a page, and the end behind the last one. Whether the response goes on. */
  function write({ rows, next }: ExportPage<Row>, controller: ReadableStreamDefaultController): boolean {
    written += rows.length;
    const hasRoom = services.budget.hasRoomFor(STATEMENTS_A_PAGE);
    // CSV has no place for a word about its end: a part that ends before its time must not look like the whole.
    const goesOn = next !== undefined && written < limit && (hasRoom || format === 'csv');
    const piece = text.rows(rows) + (goesOn ? '' : text.end({ rows: written, next: next?.after ?? null }));
    if (piece !== '') controller.enqueue(encoder.encode(piece));
    if (!goesOn) controller.close();
    return goesOn;
  }

  let place = from;
  const body = new ReadableStream({
    start(controller) {
      if (text.begin !== '') controller.enqueue(encoder.encode(text.begin));
    },
    async pull(controller) {
      try {
        // A pull that writes nothing would be the last one, and a page may be empty.
        for (let isWritten = false; !isWritten;) {
          if (!page && !services.budget.hasRoomFor(STATEMENTS_A_PAGE))
            throw new Error('An export as CSV has used up its statements.');
          page ??= await read(place, Math.min(ROWS_AT_ONCE, limit - written));
          place = page.next;
          isWritten = !write(page, controller) || page.rows.length > 0;
          page = undefined;
        }
      } catch (error) {
        log('error', 'an export breaks off', { export: name, rows: written, error });
        controller.error(error);
      }
    },
  });
  return new Response(body, {
    headers: {
      'content-type': CONTENT_TYPES[format],
      'content-disposition': `attachment; filename="${name}.${format}"`,
    },
  });
}
