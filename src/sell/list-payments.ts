import { readCustomer } from '../base/subject.rules.ts';
import { isId } from '../base/ids.rules.ts';
import type { PaymentView } from '../base/payment.answers.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import { type PaymentFilter, selectPayments } from './payment-list.rows.ts';
import { readSort } from './payment-sorts.rules.ts';
import { findPayment } from './payments.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
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
  { customer, cursor, limit, ...filter }: PaymentQuery,
): Promise<{ data: PaymentView[]; next_cursor: string | null }> {
  const who = customer === undefined ? undefined : readCustomer(customer);
  const order = filter.sort === '-created_at' ? '' : filter.sort;
  const { rows, lookedUntil } = await selectPayments(
    services.database,
    app,
    {
      ...filter,
      customerId: who?.kind === 'customer' ? who.customerId : undefined,
      externalId: who?.kind === 'external' ? who.externalId : undefined,
    },
    {
      after: cursor === undefined ? undefined : decodeCursor(cursor, { order }),
      // One more than asked for, to know whether there is a next page.
      limit: limit + 1,
    },
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last
    ? { at: readSort(filter.sort).isByAmount ? (last.amount ?? 0) : last.createdAt, id: last.id }
    : lookedUntil;
  return {
    data: await Promise.all(shown.map((row) => presentOwnPayment(services, row))),
    next_cursor: next ? encodeCursor(next, order) : null,
  };
}

/** One payment. @throws {Problem} `not_found`, for another app's payment too. */
export async function getPayment(services: Services, app: AppRow, id: string): Promise<PaymentView> {
  const row = isId('pay', id) ? await findPayment(services.database, app.id, id) : undefined;
  if (!row) throw new Problem('not_found', { detail: 'This app has no such payment.' });
  return presentOwnPayment(services, row);
}
