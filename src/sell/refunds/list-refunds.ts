import { type Cursor, decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isId } from '../../base/ids.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { refundableStatement } from './refund-facts.rows.ts';
import { mergeRefunds, presentRefund, type ShownRefund } from './refund-list.rules.ts';
import type { RefundView } from './refunds.answers.ts';
import { findRefund, type RefundFilter, selectRefunds } from './refunds.rows.ts';

export interface RefundQuery extends Omit<RefundFilter, 'cursor'> {
  cursor?: string | undefined;
}

/** A page of an app's refunds, newest first. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listRefunds(
  services: Services,
  app: AppRow,
  { cursor, ...query }: RefundQuery,
): Promise<{ data: RefundView[]; next_cursor: string | null }> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const { rows, next } = await readRefunds(services, app, { ...query, cursor: after });
  return { data: rows.map(presentRefund), next_cursor: next ? encodeCursor(next) : null };
}

/** The rows of a page, and where the next one begins. */
export async function readRefunds(
  services: Services,
  app: AppRow,
  { limit, ...filter }: RefundFilter,
): Promise<{ rows: ShownRefund[]; next: Cursor | undefined }> {
  // One more than asked for, to know whether there is a next page.
  const found = await selectRefunds(services.database, app.id, { ...filter, limit: limit + 1 });
  const merged = mergeRefunds(found.ofPolar, found.asked);
  const rows = merged.slice(0, limit);
  const last = merged.length > limit ? rows.at(-1) : undefined;
  return { rows, next: last && { at: last.createdAt, id: last.rowId } };
}

/** The same for one payment. @throws {Problem} `not_found`, for another app's payment too. */
export async function listRefundsOfPayment(
  services: Services,
  app: AppRow,
  paymentId: string,
  query: Pick<RefundQuery, 'cursor' | 'limit'>,
): Promise<{ data: RefundView[]; next_cursor: string | null }> {
  const { payment } = await runBatch(services.database, {
    payment: isId('pay', paymentId) ? [refundableStatement(app.id, paymentId)] : [],
  });
  if (payment.flat().length === 0)
    throw new Problem('not_found', { detail: 'This app has no such payment.' });
  return listRefunds(services, app, { ...query, paymentId });
}

/** One refund. @throws {Problem} `not_found`, for another app's refund too. */
export async function getRefund(services: Services, app: AppRow, id: string): Promise<RefundView> {
  const { id: appId, mode } = app;
  const row = await findRefund(services.database, { appId, mode }, id);
  if (!row) throw new Problem('not_found', { detail: 'This app has no such refund.' });
  return presentRefund(row);
}
