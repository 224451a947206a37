import { readCustomer } from '../base/subject.rules.ts';
import { isId } from '../base/ids.rules.ts';
import type { PaymentView } from '../base/payment.answers.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type Cursor, decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import { type PaymentFilter, selectPayments } from './payment-list.rows.ts';
import { readSort } from './payment-sorts.rules.ts';
import { findPayment } from './payments.rows.ts';
import type { AppRow, PaymentRow } from '../base/db/schema.rows.ts';
import { presentOwnPayment } from '../base/present-payment.ts';

export interface PaymentQuery extends Omit<PaymentFilter, 'customerId' | 'externalId'> {
  /** Polar's id, or `external:<id>`. */
  customer?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

/** A page of an app's payments, which may be short. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listPayments(
  services: Services,
  app: AppRow,
  { cursor, limit, ...query }: PaymentQuery,
): Promise<{ data: PaymentView[]; next_cursor: string | null }> {
  const order = query.sort === '-created_at' ? '' : query.sort;
  const after = cursor === undefined ? undefined : decodeCursor(cursor, { order });
  const { rows, next } = await readPayments(services, app, query, { after, limit });
  return {
    data: await Promise.all(rows.map((row) => presentOwnPayment(services, row))),
    next_cursor: next ? encodeCursor(next, order) : null,
  };
}

/**
 * The rows of a page, and where the next one begins. A page may be short, and have a next one. `lookAt`: how many payments it looks at
 * for what no index has, if not as many as a list does.
 */
export async function readPayments(
  services: Services,
  app: AppRow,
  { customer, ...filter }: Omit<PaymentQuery, 'cursor' | 'limit'>,
  { after, limit, lookAt }: { after: Cursor | undefined; limit: number; lookAt?: number },
): Promise<{ rows: PaymentRow[]; next: Cursor | undefined }> {
  const who = customer === undefined ? undefined : readCustomer(customer);
  const { rows, lookedUntil } = await selectPayments(
    services.database,
    app,
    {
      ...filter,
      customerId: who?.kind === 'customer' ? who.customerId : undefined,
      externalId: who?.kind === 'external' ? who.externalId : undefined,
    },
    // One more than asked for, to know whether there is a next page.
    { after, limit: limit + 1, lookAt },
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  if (!last) return { rows: page, next: lookedUntil };
  const at = readSort(filter.sort).isByAmount ? (last.amount ?? 0) : last.createdAt;
  return { rows: page, next: { at, id: last.id } };
}

/** One payment. @throws {Problem} `not_found`, for another app's payment too. */
export async function getPayment(services: Services, app: AppRow, id: string): Promise<PaymentView> {
  const row = isId('pay', id) ? await findPayment(services.database, app.id, id) : undefined;
  if (!row) throw new Problem('not_found', { detail: 'This app has no such payment.' });
  return presentOwnPayment(services, row);
}
