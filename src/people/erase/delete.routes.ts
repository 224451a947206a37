import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { mode, uuid } from '../../http/shapes.ts';
import { deleteCustomer } from './delete-customer.ts';

export const deleteCustomerEverywhere = defineRoute({
  method: 'delete',
  path: '/admin/customers/:id',
  auth: ['operator'],
  params: z.object({ id: uuid() }),
  query: z.strictObject({ mode }),
});

export function mountDeleteCustomers(app: App): void {
  mount(app, deleteCustomerEverywhere, async (c, { caller, params, query }) => {
    await deleteCustomer(c.get('services'), { mode: query.mode, id: params.id }, doerOf(c, caller));
    return c.body(null, 204);
  });
}
