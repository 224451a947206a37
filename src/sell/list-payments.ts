import { readCustomer } from '../base/subject.rules.ts';
import { isId } from '../base/ids.rules.ts';
import type { PaymentView } from '../base/payment.answers.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import { findPayment, type PaymentFilter, selectPayments } from './payments.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { presentOwnPayment } from '../base/present-payment.ts';

export interface PaymentQuery extends Omit<
  PaymentFilter,
  'cursor' | 'customerId' | 'externalId' | 'productId'
> {
  /** Polar's id, or `external:<id>`. */
  customer?: string | undefined;
  product?: string | undefined;
  cursor?: string | undefined;
}

/** A page of an app's payments, newest first. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listPayments(
  services: Services,
  app: AppRow,
  { customer, product, cursor, limit, ...filter }: PaymentQuery,
): Promise<{ data: PaymentView[]; next_cursor: string | null }> {
  const who = customer === undefined ? undefined : readCustomer(customer);
  const rows = await selectPayments(services.database, app.id, {
    ...filter,
    customerId: who?.kind === 'customer' ? who.customerId : undefined,
    externalId: who?.kind === 'external' ? who.externalId : undefined,
    productId: product,
    cursor: cursor === undefined ? undefined : decodeCursor(cursor),
    // One more than asked for, to know whether there is a next page.
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: await Promise.all(shown.map((row) => presentOwnPayment(services, row))),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** One payment. @throws {Problem} `not_found`, for another app's payment too. */
export async function getPayment(services: Services, app: AppRow, id: string): Promise<PaymentView> {
  const row = isId('pay', id) ? await findPayment(services.database, app.id, id) : undefined;
  if (!row) throw new Problem('not_found', { detail: 'This app has no such payment.' });
  return presentOwnPayment(services, row);
}
