import * as z from 'zod/mini';
import { readCustomer } from '../../base/subject.rules.ts';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { customer } from '../../http/shapes.ts';
import { eraseCustomer } from './erase-customer.ts';

export const deleteCustomerRoute = defineRoute({
  method: 'delete',
  path: '/v1/customers/:id',
  auth: ['secret'],
  scope: 'customers:write',
  params: z.object({ id: customer() }),
});

export function mountErase(app: App): void {
  mount(app, deleteCustomerRoute, async (c, { caller, params }) => {
    const holder = readCustomer(params.id);
    if (!holder) throw new Error('a customer that the schema let through');
    await eraseCustomer(c.get('services'), caller.app, holder, doerOf(c, caller));
    return c.body(null, 204);
  });
}
