import * as z from 'zod/mini';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { createdRange, customerSearch, fitting, line, readInstant, uuid } from '../../http/shapes.ts';
import { paymentFilters, readPaymentFilters } from '../payments.routes.ts';
import { readRefundFilters, refundFilters } from '../refunds/refunds.routes.ts';
import { readSubscriptionFilters, subscriptionFilters } from '../subscriptions/subscriptions.routes.ts';
import { exportCustomers, exportPayments, exportRefunds, exportSubscriptions } from './export-lists.ts';
import { EXPORT_FORMATS } from './export.rules.ts';
import { ROWS_A_RESPONSE } from './stream-export.ts';

const LIMIT_MESSAGE = `Must be a number from 1 to ${ROWS_A_RESPONSE}.`;
const part = {
  format: z._default(z.enum(EXPORT_FORMATS, 'Must be csv or ndjson.'), 'csv'),
  limit: z.optional(
    z.pipe(
      fitting(6, /^[1-9]\d{0,5}$/, LIMIT_MESSAGE),
      z.transform((value) => Math.min(Number(value), ROWS_A_RESPONSE)),
    ),
  ),
};
const afterLine = { after: z.optional(line(64)) };
const afterUuid = { after: z.optional(uuid()) };

export const getPaymentsExport = defineRoute({
  method: 'get',
  path: '/v1/payments/export',
  isAlone: true,
  auth: ['secret'],
  scope: 'payments:read',
  nested: ['metadata'],
  query: z.strictObject({ ...paymentFilters, ...part, ...afterLine }),
});

export const getRefundsExport = defineRoute({
  method: 'get',
  path: '/v1/refunds/export',
  isAlone: true,
  auth: ['secret'],
  scope: 'refunds:read',
  query: z.strictObject({ ...refundFilters, ...part, ...afterLine }),
});

export const getSubscriptionsExport = defineRoute({
  method: 'get',
  path: '/v1/subscriptions/export',
  isAlone: true,
  auth: ['secret'],
  scope: 'subscriptions:read',
  query: z.strictObject({ ...subscriptionFilters, ...part, ...afterUuid }),
});

export const getCustomersExport = defineRoute({
  method: 'get',
  path: '/v1/customers/export',
  isAlone: true,
  auth: ['secret'],
  scope: 'customers:read',
  query: z.strictObject({ ...customerSearch, ...createdRange, ...part, ...afterUuid }),
});

/** Where others are too, before the routes of one payment, refund, subscription or customer: their addresses have room for `export`. */
export function mountExports(app: App): void {
  mount(app, getPaymentsExport, (c, { caller, query: { format, limit, after, ...filters } }) =>
    exportPayments(c.get('services'), caller.app, readPaymentFilters(filters), { format, limit, after }),
  );
  mount(app, getRefundsExport, (c, { caller, query: { format, limit, after, ...filters } }) =>
    exportRefunds(c.get('services'), caller.app, readRefundFilters(filters), { format, limit, after }),
  );
  mount(app, getSubscriptionsExport, (c, { caller, query: { format, limit, after, ...filters } }) =>
    exportSubscriptions(c.get('services'), caller.app, readSubscriptionFilters(filters), {
      format,
      limit,
      after,
    }),
  );
  mount(app, getCustomersExport, (c, { caller, query: { format, limit, after, ...filters } }) =>
    exportCustomers(
      c.get('services'),
      caller.app,
      {
        search: filters.q ?? null,
        since: readInstant(filters.created_after) ?? 0,
        until: readInstant(filters.created_before) ?? Number.MAX_SAFE_INTEGER,
      },
      { format, limit, after },
    ),
  );
}
