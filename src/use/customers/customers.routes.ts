import * as z from 'zod/mini';
import { readCustomer } from '../../base/subject.rules.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { createdRange, customer, customerSearch, page, readInstant } from '../../http/shapes.ts';
import { CUSTOMER_SORTS } from './customer-sorts.rules.ts';
import { doerOf } from '../../http/doer.ts';
import { exportCustomer } from './export-customer.ts';
import { getCustomer } from './get-customer.ts';
import { listCustomers } from './list-customers.ts';

export const getCustomers = defineRoute({
  method: 'get',
  path: '/v1/customers',
  auth: ['secret'],
  scope: 'customers:read',
  query: z.strictObject({
    ...customerSearch,
    sort: z.optional(z.enum(CUSTOMER_SORTS, `Must be one of ${CUSTOMER_SORTS.join(', ')}.`)),
    ...createdRange,
    ...page,
  }),
});

export const getOneCustomer = defineRoute({
  method: 'get',
  path: '/v1/customers/:id',
  auth: ['secret'],
  scope: 'customers:read',
  params: z.object({ id: customer() }),
});

export const getCustomerExport = defineRoute({
  method: 'get',
  path: '/v1/customers/:id/export',
  auth: ['secret'],
  scope: 'customers:read',
  params: z.object({ id: customer() }),
});

/** Whom a path names. */
function holderOf(id: string) {
  const holder = readCustomer(id);
  if (!holder) throw new Error('a customer that the schema let through');
  return holder;
}

export function mountCustomers(app: App): void {
  mount(app, getCustomers, async (c, { caller, query }) => {
    const { q, sort, limit, cursor, created_after: after, created_before: before } = query;
    const answer = await listCustomers(c.get('services'), caller.app, {
      search: q,
      sort,
      limit,
      cursor,
      createdAfter: readInstant(after),
      createdBefore: readInstant(before),
    });
    return c.json(answer);
  });
  mount(app, getOneCustomer, async (c, { caller, params }) =>
    c.json(await getCustomer(c.get('services'), caller.app, holderOf(params.id))),
  );
  mount(app, getCustomerExport, async (c, { caller, params }) => {
    const holder = holderOf(params.id);
    const answer = await exportCustomer(c.get('services'), caller.app, holder, doerOf(c, caller));
    return c.json(answer, 200, { 'cache-control': 'private, no-store' });
  });
}
