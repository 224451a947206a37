import * as z from 'zod/mini';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { uuid } from '../../http/shapes.ts';
import { listPlans } from './list-plans.ts';

export const getPlans = defineRoute({
  method: 'get',
  path: '/v1/plans',
  auth: ['secret'],
  scope: 'products:read',
  query: z.strictObject({ from: z.optional(uuid()) }),
});

export function mountPlans(app: App): void {
  mount(app, getPlans, async (c, { caller, query }) =>
    c.json({ data: await listPlans(c.get('services'), caller.app, query.from), next_cursor: null }),
  );
}
