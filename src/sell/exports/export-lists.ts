import type { Cursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isId } from '../../base/ids.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { type PaymentQuery, readPayments } from '../list-payments.ts';
import { findPayment } from '../payments.rows.ts';
import { readRefunds, type RefundQuery } from '../refunds/list-refunds.ts';
import { presentRefund } from '../refunds/refund-list.rules.ts';
import { findRefund } from '../refunds/refunds.rows.ts';
import { readSubscriptions, type SubscriptionQuery } from '../subscriptions/list-subscriptions.ts';
import { presentSubscription } from '../subscriptions/present-subscription.ts';
import { findSubscription } from '../subscriptions/subscriptions.rows.ts';
import { CUSTOMER_COLUMNS, PAYMENT_COLUMNS, REFUND_COLUMNS, SUBSCRIPTION_COLUMNS } from './columns.ts';
import { type CustomerExportFilter, isCustomerOf, selectExportedCustomers } from './customers-export.rows.ts';
import type { ExportFormat } from './export.rules.ts';
import { type ExportPlace, ROWS_A_RESPONSE, streamExport } from './stream-export.ts';

/* An app's payments, refunds, subscriptions and customers, each as a file. @throws {Problem} `validation_failed` for an unknown `after` */

/** What of an export, beside its filters. */
export interface ExportPart {
  format: ExportFormat;
  /** The id of the last row that came before. */
  after?: string | undefined;
  limit?: number | undefined;
}

/** How many rows are looked at in a statement for what no index has: in a response together a million. */
const LOOK_AT = 5_000;

/** Newest first, as the list. */
export async function exportPayments(
  services: Services,
  app: AppRow,
  filter: Omit<PaymentQuery, 'sort' | 'cursor' | 'limit'>,
  { format, after, limit = ROWS_A_RESPONSE }: ExportPart,
): Promise<Response> {
  const from = await findPlace(after, 'pay', async (id) => {
    const row = await findPayment(services.database, app.id, id);
    return row && { at: row.createdAt, id };
  });
  return streamExport(services, {
    name: 'payments',
    columns: PAYMENT_COLUMNS,
    format,
    limit,
    from,
    read: async (place, rows) => {
      const part = { after: place, limit: rows, lookAt: LOOK_AT };
      return byOwnIds(await readPayments(services, app, { ...filter, sort: '-created_at' }, part));
    },
  });
}

/** Newest first, as the list. */
export async function exportRefunds(
  services: Services,
  app: AppRow,
  filter: Omit<RefundQuery, 'cursor' | 'limit'>,
  { format, after, limit = ROWS_A_RESPONSE }: ExportPart,
): Promise<Response> {
  const { id: appId, mode } = app;
  const from = await findPlace(after, 'ref', async (id) => {
    const row = await findRefund(services.database, { appId, mode }, id);
    return row && { at: row.createdAt, id: row.rowId };
  });
  return streamExport(services, {
    name: 'refunds',
    columns: REFUND_COLUMNS,
    format,
    limit,
    from,
    read: async (cursor, rows) => {
      const found = await readRefunds(services, app, { ...filter, cursor, limit: rows });
      const refunds = found.rows.map(presentRefund);
      const last = refunds.at(-1);
      return { rows: refunds, next: found.next && last && { ...found.next, after: last.id } };
    },
  });
}

/** Newest first, also with `renewsBefore`: in the order of the list a renewal meanwhile would lose rows, or repeat them. */
export async function exportSubscriptions(
  services: Services,
  app: AppRow,
  filter: Omit<SubscriptionQuery, 'cursor' | 'limit'>,
  { format, after, limit = ROWS_A_RESPONSE }: ExportPart,
): Promise<Response> {
  const from = await findPlace(after, undefined, async (id) => {
    const row = await findSubscription(services.database, app, id);
    return row && { at: row.createdAt, id };
  });
  return streamExport(services, {
    name: 'subscriptions',
    columns: SUBSCRIPTION_COLUMNS,
    format,
    limit,
    from,
    read: async (place, rows) => {
      const part = { after: place, limit: rows, lookAt: LOOK_AT };
      const page = byOwnIds(await readSubscriptions(services, app, { ...filter, isNewestFirst: true }, part));
      return { ...page, rows: page.rows.map((row) => presentSubscription(row, services.config.ownerKeys)) };
    },
  });
}

/** In the order of their ids, which nothing moves: the list's own is another with a search. */
export async function exportCustomers(
  services: Services,
  app: AppRow,
  filter: CustomerExportFilter,
  { format, after, limit = ROWS_A_RESPONSE }: ExportPart,
): Promise<Response> {
  const { database } = services;
  const { search, since, until } = filter;
  const isEverybody = search === null && since === 0 && until === Number.MAX_SAFE_INTEGER;
  const from = await findPlace(after, undefined, async (id) =>
    (await isCustomerOf(database, app.id, id)) ? { at: 0, id } : undefined,
  );
  return streamExport(services, {
    name: 'customers',
    columns: CUSTOMER_COLUMNS,
    format,
    limit,
    from,
    read: async (place, rows) => {
      const step = { appId: app.id, after: place?.id ?? '', lookAt: isEverybody ? rows : LOOK_AT };
      const { customers, next } = await selectExportedCustomers(database, step, { ...filter, limit: rows });
      return { rows: customers, next: next === undefined ? undefined : { at: 0, id: next, after: next } };
    },
  });
}

/** Of what callers know by the id that its index has. */
function byOwnIds<Row>({ rows, next }: { rows: Row[]; next: Cursor | undefined }) {
  return { rows, next: next && { ...next, after: next.id } };
}

async function findPlace(
  after: string | undefined,
  prefix: 'pay' | 'ref' | undefined,
  find: (id: string) => Promise<Cursor | undefined>,
): Promise<ExportPlace | undefined> {
  if (after === undefined) return undefined;
  const isPossible = prefix === undefined || isId(prefix, after);
  const found = isPossible ? await find(after) : undefined;
  if (found) return { ...found, after };
  const [path, message] = ['query.after', 'Must be the id of the last row that came before.'];
  throw new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
